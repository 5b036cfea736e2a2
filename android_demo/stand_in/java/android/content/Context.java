package android.content;

import android.content.pm.PackageManager;

/** As the platform's, with what the benchmark asks of it. */
public abstract class Context {
    public static final String BATTERY_SERVICE = "batterymanager";

    public abstract Object getSystemService(String name);

    public abstract Intent registerReceiver(BroadcastReceiver receiver, IntentFilter filter);

    public abstract String getPackageName();

    public abstract PackageManager getPackageManager();
}
