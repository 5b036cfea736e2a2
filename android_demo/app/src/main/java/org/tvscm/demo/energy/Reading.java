package org.tvscm.demo.energy;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the battery's counters say at one time; which of them a phone has differs. */
public final class Reading {
    /** Of {@link System#nanoTime}. */
    public final long nanoseconds;

    /** What is left in the battery, in µAh; null without such a counter. */
    public final Long microampereHours;

    /** Voltage in mV; null if it is not known. */
    public final Integer millivolts;

    /** Whether a cable or a pad charges it, so that it does not say what the phone takes. */
    public final boolean powered;

    /** Why no energy can be told from it; null if it can. */
    public final String unavailable;

    Reading(long nanoseconds, Long microampereHours, Integer millivolts, boolean powered) {
        this.nanoseconds = nanoseconds;
        this.microampereHours = microampereHours;
        this.millivolts = millivolts;
        this.powered = powered;
        this.unavailable = reason();
    }

    private String reason() {
        if (microampereHours == null || millivolts == null) {
            return "this device has no counter of its battery's charge";
        }
        return powered ? "it is being charged; take the cable off" : null;
    }

    /** For JSON. */
    public Map<String, Object> toMap() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("nanoseconds", nanoseconds);
        values.put("microampere_hours", microampereHours);
        values.put("millivolts", millivolts);
        values.put("powered", powered);
        values.put("unavailable", unavailable);
        return values;
    }
}
