package org.tvscm.demo.preprocess;

import java.util.Arrays;

/**
 * A black and white image as MNIST has it: cropped, scaled into a box of 20 x 20 pixels with its
 * proportions kept, and placed with its centre of mass in the centre of 28 x 28.
 *
 * <p>In integers throughout, so that the bytes are those of {@code tools/mnist_image.py}.
 */
public final class MnistImage {
    /** Rows and columns. */
    public static final int SIDE = 28;

    private static final int BOX = 20;

    private MnistImage() {}

    /**
     * @param ink of {@link Ink#of}
     * @return pixels 0 to 255 as unsigned bytes, row by row; zeros where there is no ink
     */
    public static byte[] of(boolean[] ink) {
        byte[] image = new byte[SIDE * SIDE];
        int left = Ink.SIDE;
        int right = -1;
        int top = Ink.SIDE;
        int bottom = -1;
        for (int i = 0; i < ink.length; i++) {
            if (ink[i]) {
                left = Math.min(left, i % Ink.SIDE);
                right = Math.max(right, i % Ink.SIDE);
                top = Math.min(top, i / Ink.SIDE);
                bottom = i / Ink.SIDE;
            }
        }
        if (right < 0) {
            return image;
        }
        int rows = bottom - top + 1;
        int columns = right - left + 1;
        int side = Math.max(rows, columns);
        long[][] covered = new long[boxed(rows, side)][boxed(columns, side)];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                if (ink[(top + row) * Ink.SIDE + left + column]) {
                    cover(covered, row, column, side);
                }
            }
        }
        place(grey(covered, side), image);
        return image;
    }

    /** Pixels of the box that so many of the crop become. */
    private static int boxed(int pixels, int side) {
        return (pixels * BOX + side - 1) / side;
    }

    /** Adds a pixel of the crop to those of the box that it lies in: two at most each way. */
    private static void cover(long[][] covered, int row, int column, int side) {
        for (int y = row * BOX / side; y < covered.length && y * side < (row + 1) * BOX; y++) {
            int height = overlap(y, row, side);
            for (int x = column * BOX / side;
                    x < covered[y].length && x * side < (column + 1) * BOX;
                    x++) {
                covered[y][x] += (long) height * overlap(x, column, side);
            }
        }
    }

    /** Of a pixel of the box and one of the crop, in 1 / BOX of a pixel of the crop. */
    private static int overlap(int ofBox, int ofCrop, int side) {
        int start = Math.max(ofBox * side, ofCrop * BOX);
        int end = Math.min((ofBox + 1) * side, (ofCrop + 1) * BOX);
        return Math.max(0, end - start);
    }

    private static int[][] grey(long[][] covered, int side) {
        long whole = (long) side * side;
        int[][] grey = new int[covered.length][covered[0].length];
        for (int row = 0; row < grey.length; row++) {
            for (int column = 0; column < grey[row].length; column++) {
                grey[row][column] = (int) ((2 * 255 * covered[row][column] + whole) / (2 * whole));
            }
        }
        return grey;
    }

    private static void place(int[][] grey, byte[] image) {
        long[] byRow = new long[grey.length];
        long[] byColumn = new long[grey[0].length];
        for (int row = 0; row < grey.length; row++) {
            for (int column = 0; column < grey[row].length; column++) {
                byRow[row] += grey[row][column];
                byColumn[column] += grey[row][column];
            }
        }
        int top = start(byRow);
        int left = start(byColumn);
        for (int row = 0; row < grey.length; row++) {
            for (int column = 0; column < grey[row].length; column++) {
                image[(top + row) * SIDE + left + column] = (byte) grey[row][column];
            }
        }
    }

    /** Where the box starts, so that its centre of mass is nearest to the image's centre. */
    private static int start(long[] masses) {
        long total = Arrays.stream(masses).sum();
        long moment = 0;
        for (int i = 0; i < masses.length; i++) {
            moment += masses[i] * (2 * i + 1);
        }
        int start = (int) Math.floorDiv((SIDE + 1) * total - moment, 2 * total);
        return Math.max(0, Math.min(SIDE - masses.length, start));
    }
}
