package org.tvscm.demo.ui;

import android.view.View;
import android.widget.RadioGroup;
import android.widget.TextView;
import org.tvscm.demo.R;
import org.tvscm.demo.benchmark.Timing;
import org.tvscm.demo.inference.Catalogue;
import org.tvscm.demo.inference.Classifier;
import org.tvscm.demo.inference.Runner;
import org.tvscm.demo.preprocess.Ink;
import org.tvscm.demo.preprocess.MnistImage;

/** A digit is drawn, and read while it is drawn. */
final class DigitsScreen {
    /** So few take no noticeable time, and so many more than the clock's grain. */
    private static final int TIMED = 20;

    private final View screen;
    private final Models models;
    private final Catalogue.Task task;
    private final DrawingView drawing;
    private final PixelsView pixels;
    private final TextView digit;
    private final TextView sure;
    private final BarsView bars;
    private final RadioGroup network;
    private final SavingsCard savings;

    DigitsScreen(View screen, Models models) {
        this.screen = screen;
        this.models = models;
        task = models.catalogue.task("mnist");
        drawing = screen.findViewById(R.id.drawing);
        pixels = screen.findViewById(R.id.pixels);
        digit = screen.findViewById(R.id.digit);
        sure = screen.findViewById(R.id.sure);
        bars = screen.findViewById(R.id.bars);
        network = screen.findViewById(R.id.digits_network);
        savings = new SavingsCard(screen.findViewById(R.id.savings));
        drawing.setListener(this::show);
        network.setOnCheckedChangeListener((group, id) -> show());
        screen.findViewById(R.id.clear).setOnClickListener(view -> drawing.clear());
        show();
    }

    private void show() {
        Catalogue.Model model = task.model(Networks.chosen(network));
        savings.show(model, task.model(Networks.DENSE));
        byte[] image = MnistImage.of(Ink.of(drawing.strokes()));
        pixels.show(image);
        if (drawing.strokes().isEmpty()) {
            digit.setText(R.string.no_answer);
            sure.setText(R.string.draw_first);
            bars.show(task.labels, new double[0]);
            savings.showTime(Double.NaN);
            return;
        }
        float[] row = new float[image.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = (image[i] & 255) / 255f;
        }
        double[] probabilities = models.classifier(model).probabilities(row);
        int best = Classifier.largest(probabilities);
        digit.setText(task.labels.get(best));
        String percent = Figures.percent(probabilities[best]);
        sure.setText(screen.getResources().getString(R.string.sure, percent));
        bars.show(task.labels, probabilities);
        Runner runner = models.runner(model);
        savings.showTime((double) Timing.nanoseconds(runner, TIMED) / TIMED);
    }
}
