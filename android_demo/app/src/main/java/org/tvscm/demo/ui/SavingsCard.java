package org.tvscm.demo.ui;

import android.content.res.Resources;
import android.view.View;
import android.widget.TextView;
import org.tvscm.demo.R;
import org.tvscm.demo.inference.Catalogue;

/** Size, parameters and time of the network that answers, and what it saves of the dense one's. */
final class SavingsCard {
    private final Resources resources;
    private final TextView bytes;
    private final TextView bytesSaved;
    private final TextView parameters;
    private final TextView parametersSaved;
    private final TextView time;

    SavingsCard(View card) {
        resources = card.getResources();
        bytes = card.findViewById(R.id.bytes);
        bytesSaved = card.findViewById(R.id.bytes_saved);
        parameters = card.findViewById(R.id.parameters);
        parametersSaved = card.findViewById(R.id.parameters_saved);
        time = card.findViewById(R.id.time);
    }

    void show(Catalogue.Model model, Catalogue.Model dense) {
        bytes.setText(Figures.bytes(model.bytes));
        parameters.setText(Figures.count(model.parameters));
        saved(bytesSaved, R.string.smaller, dense.bytes, model.bytes);
        saved(parametersSaved, R.string.fewer, dense.parameters, model.parameters);
    }

    /** Nanoseconds of an inference; NaN where none was timed. */
    void showTime(double nanoseconds) {
        time.setText(
                Double.isNaN(nanoseconds)
                        ? resources.getString(R.string.unmeasured)
                        : Figures.time(nanoseconds));
    }

    private void saved(TextView view, int text, double dense, double model) {
        view.setVisibility(dense == model ? View.INVISIBLE : View.VISIBLE);
        view.setText(resources.getString(text, Figures.ratio(dense / model)));
    }
}
