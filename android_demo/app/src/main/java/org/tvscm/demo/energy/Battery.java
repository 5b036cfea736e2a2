package org.tvscm.demo.energy;

import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.os.BatteryManager;

/** The battery's counters, which need no permission. */
public final class Battery {
    private final Context context;

    public Battery(Context context) {
        this.context = context;
    }

    /** What they say now. */
    public Reading read() {
        BatteryManager manager = (BatteryManager) context.getSystemService(Context.BATTERY_SERVICE);
        int charge =
                manager == null
                        ? 0
                        : manager.getIntProperty(BatteryManager.BATTERY_PROPERTY_CHARGE_COUNTER);
        // The last broadcast, which stays; nothing is registered.
        Intent last =
                context.registerReceiver(null, new IntentFilter(Intent.ACTION_BATTERY_CHANGED));
        int millivolts = last == null ? 0 : last.getIntExtra(BatteryManager.EXTRA_VOLTAGE, 0);
        boolean powered = last != null && last.getIntExtra(BatteryManager.EXTRA_PLUGGED, 0) != 0;
        // A counter that a device does not have is 0, or the least number since Android 9.
        return new Reading(
                System.nanoTime(),
                charge > 0 ? (long) charge : null,
                millivolts > 0 ? millivolts : null,
                powered);
    }
}
