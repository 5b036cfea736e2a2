package org.tvscm.demo.preprocess;

/** Which real number a stored one stands for: real = scale * (stored - zeroPoint). */
public final class Quantization {
    private final double scale;
    private final int zeroPoint;

    public Quantization(double scale, int zeroPoint) {
        this.scale = scale;
        this.zeroPoint = zeroPoint;
    }

    /** Half to even, clipped to int8. */
    public byte stored(float real) {
        double stored = Math.rint(real / scale) + zeroPoint;
        return (byte) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, stored));
    }

    public double real(byte stored) {
        return scale * (stored - zeroPoint);
    }
}
