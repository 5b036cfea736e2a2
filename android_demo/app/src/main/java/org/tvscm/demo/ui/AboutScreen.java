package org.tvscm.demo.ui;

import android.content.Context;
import android.content.pm.PackageManager;
import android.content.res.Resources;
import android.os.Build;
import android.view.View;
import android.widget.TextView;
import org.tensorflow.lite.TensorFlowLite;
import org.tvscm.demo.R;
import org.tvscm.demo.inference.Catalogue;

/** The models, where they come from, and under which licences. */
final class AboutScreen {
    AboutScreen(View screen, Models models) {
        Resources resources = screen.getResources();
        Catalogue catalogue = models.catalogue;
        StringBuilder listed = new StringBuilder();
        StringBuilder data = new StringBuilder();
        for (Catalogue.Task task : catalogue.tasks) {
            for (Catalogue.Model model : task.models) {
                listed.append(
                                resources.getString(
                                        R.string.model_line,
                                        model.name,
                                        Figures.count(model.parameters),
                                        Figures.bytes(model.bytes),
                                        Figures.percent(model.accuracy)))
                        .append("\n");
            }
            data.append(task.source).append("\n").append(task.licence).append("\n\n");
        }
        String digits = Figures.count(catalogue.tasks.get(0).testRows);
        String beats = Figures.count(catalogue.tasks.get(1).testRows);
        listed.append(resources.getString(R.string.rows_line, digits, beats)).append("\n");
        listed.append(
                resources.getQuantityString(R.plurals.verified, models.verified, models.verified));
        set(screen, R.id.about_models, listed);
        set(screen, R.id.about_data, data.append(resources.getString(R.string.privacy)));
        set(
                screen,
                R.id.about_versions,
                resources.getString(
                        R.string.version_line,
                        version(screen.getContext()),
                        catalogue.version,
                        TensorFlowLite.runtimeVersion(),
                        Build.VERSION.RELEASE));
    }

    private static void set(View screen, int id, CharSequence text) {
        TextView view = screen.findViewById(id);
        view.setText(text);
    }

    private static String version(Context context) {
        try {
            return context.getPackageManager().getPackageInfo(context.getPackageName(), 0).versionName;
        } catch (PackageManager.NameNotFoundException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
