package org.tvscm.demo.ui;

import android.content.res.Resources;
import android.view.View;
import android.widget.TextView;
import org.tvscm.demo.R;
import org.tvscm.demo.inference.Catalogue;

/** What the network that answers saves of the dense one's bytes and parameters, and its time. */
final class SavingsCard {
    private final View card;

    SavingsCard(View card) {
        this.card = card;
        Letters.limit(card.findViewById(R.id.bytes_label));
        Letters.limit(card.findViewById(R.id.parameters_label));
    }

    /** The dense network itself saves nothing: then its own figures are shown. */
    void show(Catalogue.Model model, Catalogue.Model dense) {
        boolean saves = model != dense;
        String bytes = Figures.bytes(model.bytes);
        String parameters = Figures.count(model.parameters);
        Resources resources = card.getResources();
        set(R.id.bytes, saves ? Figures.ratio((double) dense.bytes / model.bytes) : bytes);
        set(
                R.id.bytes_label,
                resources.getString(saves ? R.string.smaller_file : R.string.file, bytes));
        set(
                R.id.parameters,
                saves ? Figures.ratio((double) dense.parameters / model.parameters) : parameters);
        set(
                R.id.parameters_label,
                resources.getString(
                        saves ? R.string.fewer_parameters : R.string.parameters, parameters));
    }

    /** Nanoseconds of an inference; NaN where none was timed. */
    void showTime(double nanoseconds) {
        set(
                R.id.time,
                Double.isNaN(nanoseconds)
                        ? card.getResources().getString(R.string.unmeasured)
                        : Figures.time(nanoseconds));
    }

    private void set(int id, String text) {
        TextView view = card.findViewById(id);
        view.setText(text);
    }
}
