package org.tvscm.demo.ui;

import android.content.Context;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.tvscm.demo.inference.Catalogue;
import org.tvscm.demo.inference.Classifier;
import org.tvscm.demo.inference.LiteRtRunner;
import org.tvscm.demo.inference.PackagedFiles;
import org.tvscm.demo.inference.Runner;
import org.tvscm.demo.preprocess.EcgStrip;

/** The packaged files, verified, and their models, each opened when it is first asked for. */
final class Models implements AutoCloseable {
    final Catalogue catalogue;
    final EcgStrip ecg;

    /** How many files were compared with their checksums. */
    final int verified;

    private final PackagedFiles files;
    private final Map<String, Runner> runners = new HashMap<>();

    /**
     * @throws IOException a file is missing or damaged
     */
    Models(Context context) throws IOException {
        files = new PackagedFiles(context.getAssets()::open);
        verified = files.verify();
        catalogue = new Catalogue(files.text("models.json"));
        ecg = new EcgStrip(files.text("ecg.json"));
    }

    /** On TensorFlow Lite with XNNPACK and one thread, as an app would. */
    Runner runner(Catalogue.Model model) {
        return runners.computeIfAbsent(model.name, name -> open(model));
    }

    Classifier classifier(Catalogue.Model model) {
        return new Classifier(runner(model), model.input, model.output);
    }

    /** A runner of the caller's own, for a thread of its own. */
    Runner open(Catalogue.Model model) {
        try {
            return new LiteRtRunner(files.direct(model.file()), true, 1);
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    /** A row of the test part, as the models take it: samples in 0 to 1. */
    float[] testRow(Catalogue.Task task) {
        try {
            byte[] rows = files.bytes(task.name + ".rows");
            float[] row = new float[task.features];
            for (int i = 0; i < row.length; i++) {
                row[i] = (rows[i] & 255) / 255f;
            }
            return row;
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    @Override
    public void close() {
        for (Runner runner : runners.values()) {
            runner.close();
        }
    }
}
