package org.tvscm.standin;

import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.content.pm.PackageInfo;
import android.content.pm.PackageManager;

/** A phone without a battery, which holds the app in the version of a system property. */
public final class Phone extends Context {
    @Override
    public Object getSystemService(String name) {
        return null;
    }

    @Override
    public Intent registerReceiver(BroadcastReceiver receiver, IntentFilter filter) {
        return null;
    }

    @Override
    public String getPackageName() {
        return "org.tvscm.demo";
    }

    @Override
    public PackageManager getPackageManager() {
        return new PackageManager() {
            @Override
            public PackageInfo getPackageInfo(String name, int flags) {
                PackageInfo info = new PackageInfo();
                info.versionName = System.getProperty("app.version");
                return info;
            }
        };
    }
}
