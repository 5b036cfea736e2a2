package org.tvscm.demo.energy;

/** Energy of an inference beyond an idle phone's, from the charge that the battery lost. */
public final class Estimate {
    private static final double SECONDS_OF_HOUR = 3600;

    /** Microjoules of an inference; meaningless if {@link #unavailable} says why. */
    public final double microjoules;

    /** By how much one step of the counter at either end puts it off. */
    public final double resolution;

    /** Why there is no figure; null if there is. */
    public final String unavailable;

    private Estimate(double microjoules, double resolution, String unavailable) {
        this.microjoules = microjoules;
        this.resolution = resolution;
        this.unavailable = unavailable;
    }

    /**
     * Of two stretches of time.
     *
     * @param idle readings at the beginning and the end of one in which nothing ran.
     * @param active the same of one in which inferences ran.
     * @param inferences how many.
     * @param step of the counter, in µAh: the smallest change that it has shown.
     */
    public static Estimate of(Reading[] idle, Reading[] active, long inferences, long step) {
        for (Reading[] stretch : new Reading[][] {idle, active}) {
            for (Reading reading : stretch) {
                if (reading.unavailable != null) {
                    return new Estimate(0, 0, reading.unavailable);
                }
            }
        }
        double seconds = seconds(active);
        double joules = joules(active) - joules(idle) / seconds(idle) * seconds;
        double ofStep = step * 1e-6 * SECONDS_OF_HOUR * volts(active) * (1 + seconds / seconds(idle));
        if (joules <= ofStep) {
            return new Estimate(
                    0, 0, "inferences do not show: the counter moves in steps of " + step + " µAh");
        }
        return new Estimate(1e6 * joules / inferences, 1e6 * ofStep / inferences, null);
    }

    private static double joules(Reading[] ends) {
        return (ends[0].microampereHours - ends[1].microampereHours)
                * 1e-6
                * SECONDS_OF_HOUR
                * volts(ends);
    }

    private static double volts(Reading[] ends) {
        return (ends[0].millivolts + ends[1].millivolts) / 2000.0;
    }

    private static double seconds(Reading[] ends) {
        return (ends[1].nanoseconds - ends[0].nanoseconds) * 1e-9;
    }
}
