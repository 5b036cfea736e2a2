package org.tvscm.demo.preprocess;

import java.util.List;

/** Where a pen went, in black and white: the first step of MNIST's own preprocessing. */
public final class Ink {
    /** Rows and columns of the black and white image. */
    public static final int SIDE = 280;

    /** A pixel's width in the units that strokes are given in. */
    public static final int UNIT = 16;

    /** Of the pen, in these units. */
    public static final int RADIUS = 10 * UNIT;

    private static final long RADIUS_SQUARED = (long) RADIUS * RADIUS;

    private Ink() {}

    /**
     * Pixels whose centre is within the pen's radius of a stroke, row by row.
     *
     * @param strokes each x, y, x, y, ... in 0 .. SIDE * UNIT; one of a single point is a dot
     */
    public static boolean[] of(List<int[]> strokes) {
        boolean[] ink = new boolean[SIDE * SIDE];
        for (int[] stroke : strokes) {
            for (int i = 0; i + 1 < stroke.length; i += 2) {
                int next = Math.min(i + 2, stroke.length - 2);
                line(ink, stroke[i], stroke[i + 1], stroke[next], stroke[next + 1]);
            }
        }
        return ink;
    }

    private static void line(boolean[] ink, long startX, long startY, long endX, long endY) {
        int left = pixel(Math.min(startX, endX) - RADIUS);
        int right = pixel(Math.max(startX, endX) + RADIUS);
        int top = pixel(Math.min(startY, endY) - RADIUS);
        int bottom = pixel(Math.max(startY, endY) + RADIUS);
        long alongX = endX - startX;
        long alongY = endY - startY;
        long length = square(alongX, alongY);
        for (int row = top; row <= bottom; row++) {
            for (int column = left; column <= right; column++) {
                long x = (long) column * UNIT + UNIT / 2;
                long y = (long) row * UNIT + UNIT / 2;
                long along = (x - startX) * alongX + (y - startY) * alongY;
                long across = (x - startX) * alongY - (y - startY) * alongX;
                if ((along > 0 && along < length && across * across <= RADIUS_SQUARED * length)
                        || square(x - startX, y - startY) <= RADIUS_SQUARED
                        || square(x - endX, y - endY) <= RADIUS_SQUARED) {
                    ink[row * SIDE + column] = true;
                }
            }
        }
    }

    private static int pixel(long units) {
        return (int) Math.max(0, Math.min(SIDE - 1, units / UNIT));
    }

    private static long square(long x, long y) {
        return x * x + y * y;
    }
}
