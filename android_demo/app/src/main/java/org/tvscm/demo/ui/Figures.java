package org.tvscm.demo.ui;

import java.util.Locale;

/** Numbers as the screens show them, in the user's language. */
final class Figures {
    private Figures() {}

    /** Such as 15.0 KB or 648 KB, of 1,000 bytes each. */
    static String bytes(long bytes) {
        return significant(bytes / 1000.0) + " KB";
    }

    /** Such as 0.47 µs or 1.20 ms. */
    static String time(double nanoseconds) {
        return nanoseconds < 1e6
                ? significant(nanoseconds / 1e3) + " µs"
                : significant(nanoseconds / 1e6) + " ms";
    }

    /** Such as 43× or 2.1×. */
    static String ratio(double ratio) {
        return String.format(Locale.getDefault(), ratio < 10 ? "%.1f×" : "%.0f×", ratio);
    }

    /** Such as 98.2 %. */
    static String percent(double fraction) {
        return String.format(Locale.getDefault(), "%.1f %%", 100 * fraction);
    }

    /** Such as 623,290. */
    static String count(long count) {
        return String.format(Locale.getDefault(), "%,d", count);
    }

    private static String significant(double value) {
        return String.format(
                Locale.getDefault(), value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f", value);
    }
}
