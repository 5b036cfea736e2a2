package org.tvscm.demo.ui;

import android.annotation.TargetApi;
import android.app.Activity;
import android.graphics.Insets;
import android.os.Build;
import android.view.View;
import android.view.WindowInsets;

/**
 * Keeps content clear of the system's bars and the camera. From Android 15 on the window reaches
 * below them; so it does here from Android 11 on, that there is one behaviour to look at.
 */
final class EdgeToEdge {
    private EdgeToEdge() {}

    /**
     * @param content padded by what the system covers, its background drawn below
     */
    static void apply(Activity activity, View content) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            Since30.apply(activity, content);
        }
    }

    @TargetApi(Build.VERSION_CODES.R)
    private static final class Since30 {
        static void apply(Activity activity, View content) {
            activity.getWindow().setDecorFitsSystemWindows(false);
            content.setOnApplyWindowInsetsListener(
                    (view, insets) -> {
                        Insets covered =
                                insets.getInsets(
                                        WindowInsets.Type.systemBars()
                                                | WindowInsets.Type.displayCutout());
                        view.setPadding(covered.left, covered.top, covered.right, covered.bottom);
                        return WindowInsets.CONSUMED;
                    });
        }
    }
}
