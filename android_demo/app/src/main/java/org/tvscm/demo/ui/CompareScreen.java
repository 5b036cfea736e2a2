package org.tvscm.demo.ui;

import android.content.res.Resources;
import android.view.View;
import android.widget.Button;
import android.widget.RadioGroup;
import android.widget.TextView;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.lite.TensorFlowLite;
import org.tvscm.demo.R;
import org.tvscm.demo.benchmark.Latency;
import org.tvscm.demo.energy.Battery;
import org.tvscm.demo.energy.Estimate;
import org.tvscm.demo.inference.Catalogue;
import org.tvscm.demo.inference.NativeRunner;

/** A dense network and a TVSCM network side by side. */
final class CompareScreen {
    private final View screen;
    private final Resources resources;
    private final Models models;
    private final RadioGroup tasks;
    private final RadioGroup networks;
    private final ComparisonTable table;
    private final Button measure;
    private Measurement measurement;

    CompareScreen(View screen, Models models) {
        this.screen = screen;
        this.models = models;
        resources = screen.getResources();
        tasks = screen.findViewById(R.id.task);
        networks = screen.findViewById(R.id.compared);
        table = screen.findViewById(R.id.table);
        measure = screen.findViewById(R.id.measure);
        tasks.setOnCheckedChangeListener((group, id) -> changed());
        networks.setOnCheckedChangeListener((group, id) -> changed());
        measure.setOnClickListener(view -> measure());
        changed();
    }

    private void changed() {
        measurement = null;
        show();
    }

    private Catalogue.Task task() {
        return models.catalogue.task(Networks.chosen(tasks));
    }

    private void measure() {
        Catalogue.Task task = task();
        String network = Networks.chosen(networks);
        List<Catalogue.Model> compared =
                Arrays.asList(task.model(Networks.DENSE), task.model(network));
        Battery battery = new Battery(screen.getContext().getApplicationContext());
        measure.setEnabled(false);
        measure.setText(R.string.measuring);
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                Measurement taken =
                                        Measurement.take(models, task, compared, battery);
                                screen.post(() -> finished(taken, task, network));
                            } catch (InterruptedException ended) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "measurement");
        thread.setDaemon(true);
        thread.start();
    }

    private void finished(Measurement taken, Catalogue.Task task, String network) {
        measure.setEnabled(true);
        measure.setText(R.string.measure);
        // Of two others than are shown by now, it is dropped.
        if (task == task() && network.equals(Networks.chosen(networks))) {
            measurement = taken;
            show();
        }
    }

    private void show() {
        Catalogue.Task task = task();
        Catalogue.Model dense = task.model(Networks.DENSE);
        Catalogue.Model model = task.model(Networks.chosen(networks));
        TextView saved = screen.findViewById(R.id.saved);
        saved.setText(Figures.ratio((double) dense.bytes / model.bytes));
        TextView what = screen.findViewById(R.id.saved_what);
        what.setText(
                resources.getString(
                        R.string.saved_what,
                        Figures.bytes(model.bytes),
                        Figures.bytes(dense.bytes)));

        table.start(resources.getString(R.string.dense), title(model));
        table.add(
                R.string.parameters_heading,
                Figures.count(dense.parameters),
                Figures.count(model.parameters),
                fewer(dense.parameters, model.parameters));
        table.add(
                R.string.accuracy,
                Figures.percent(dense.accuracy),
                Figures.percent(model.accuracy),
                resources.getString(R.string.points, 100 * (model.accuracy - dense.accuracy)));
        table.add(
                R.string.c_constants,
                Figures.bytes(dense.constantBytes),
                Figures.bytes(model.constantBytes),
                smaller(dense.constantBytes, model.constantBytes));
        List<Latency> litert = measurement == null ? null : measurement.litert;
        List<Latency> c = measurement == null ? null : measurement.c;
        addTimes(R.string.litert_median, litert, false);
        addTimes(R.string.litert_p95, litert, true);
        addTimes(R.string.c_median, c, false);
        addTimes(R.string.c_p95, c, true);
        addEnergies();
        showMethod();
    }

    private void addTimes(int heading, List<Latency> latencies, boolean p95) {
        String none = resources.getString(R.string.unmeasured);
        if (latencies == null) {
            table.add(heading, none, none, "");
            return;
        }
        double dense = p95 ? latencies.get(0).p95 : latencies.get(0).median;
        double model = p95 ? latencies.get(1).p95 : latencies.get(1).median;
        String ratio =
                model <= dense
                        ? resources.getString(R.string.faster, Figures.ratio(dense / model))
                        : resources.getString(R.string.slower, Figures.ratio(model / dense));
        table.add(heading, Figures.time(dense), Figures.time(model), ratio);
    }

    private void addEnergies() {
        String[] texts = new String[2];
        for (int i = 0; i < texts.length; i++) {
            Estimate energy = measurement == null ? null : measurement.energies.get(i);
            texts[i] =
                    energy == null || energy.unavailable != null
                            ? resources.getString(R.string.unmeasured)
                            : resources.getString(R.string.microjoules, energy.microjoules);
        }
        table.add(R.string.energy, texts[0], texts[1], "");
    }

    private void showMethod() {
        StringBuilder text = new StringBuilder();
        text.append(resources.getString(R.string.method, TensorFlowLite.runtimeVersion()));
        if (NativeRunner.unavailable() != null) {
            text.append(' ');
            text.append(resources.getString(R.string.c_unavailable, NativeRunner.unavailable()));
        }
        if (measurement != null) {
            for (Estimate energy : measurement.energies) {
                if (energy.unavailable != null) {
                    text.append(' ');
                    text.append(
                            resources.getString(R.string.energy_unavailable, energy.unavailable));
                    break;
                }
            }
        }
        TextView method = screen.findViewById(R.id.method);
        method.setText(text);
    }

    private String title(Catalogue.Model model) {
        return resources.getString(Networks.title(model.network));
    }

    private String fewer(double dense, double model) {
        return resources.getString(R.string.fewer, Figures.ratio(dense / model));
    }

    private String smaller(double dense, double model) {
        return resources.getString(R.string.smaller, Figures.ratio(dense / model));
    }
}
