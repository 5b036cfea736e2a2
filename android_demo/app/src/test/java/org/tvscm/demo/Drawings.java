package org.tvscm.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The drawings of make_golden.py. */
public final class Drawings {
    /** The digit that each is of. */
    public final List<Integer> digits = new ArrayList<>();

    /** As Ink takes them. */
    public final List<List<int[]>> strokes = new ArrayList<>();

    public Drawings() throws IOException {
        for (String line : Resources.text("preprocessing/drawings.txt").split("\n")) {
            digits.add(line.charAt(0) - '0');
            List<int[]> drawing = new ArrayList<>();
            for (String stroke : line.substring(2).split(";")) {
                drawing.add(
                        Arrays.stream(stroke.split("[ ,]")).mapToInt(Integer::parseInt).toArray());
            }
            strokes.add(drawing);
        }
    }
}
