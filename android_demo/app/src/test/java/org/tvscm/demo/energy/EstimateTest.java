package org.tvscm.demo.energy;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

/** Energy out of invented readings: 1 W at rest, 3 W in a minute of a thousand inferences. */
public class EstimateTest {
    private static final long MINUTE = 60_000_000_000L;

    private static Reading[] minute(double watts) {
        // At 4 V, a watt is 4,166.7 µAh a minute.
        long lost = Math.round(watts * 60 / 4 / 3600 * 1e6);
        return new Reading[] {
            new Reading(0, 3_000_000L, 4000, false),
            new Reading(MINUTE, 3_000_000L - lost, 4000, false)
        };
    }

    @Test
    public void idlePowerIsSubtracted() {
        Estimate estimate = Estimate.of(minute(1), minute(3), 1000, 100);
        assertNull(estimate.unavailable);
        assertEquals(120_000, estimate.microjoules, 20);
        // A step is 1.44 J, and each of the two minutes may be off by one.
        assertEquals(2 * 1440, estimate.resolution, 1e-6);
    }

    @Test
    public void lessThanAStepDoesNotShow() {
        Estimate estimate = Estimate.of(minute(1), minute(1.01), 1000, 1000);
        assertEquals(
                "inferences do not show: the counter moves in steps of 1000 µAh",
                estimate.unavailable);
    }

    @Test
    public void aReadingSaysWhyThereIsNone() {
        Reading none = new Reading(0, null, 4000, false);
        assertEquals("this device has no counter of its battery's charge", none.unavailable);
        Reading powered = new Reading(0, 5L, 4000, true);
        assertEquals("it is being charged; take the cable off", powered.unavailable);
        assertEquals(true, powered.toMap().get("powered"));
        Estimate estimate = Estimate.of(new Reading[] {none, none}, minute(3), 1000, 100);
        assertTrue(estimate.unavailable.startsWith("this device has no counter"));
    }
}
