package org.tvscm.demo.inference;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;
import org.tvscm.demo.preprocess.Quantization;

/** What {@code models.json} says of the packaged models. */
public final class Catalogue {
    /** Of keras-tvscm, which made the models. */
    public final String version;

    public final List<Task> tasks = new ArrayList<>();

    /** What models are for, and the data that they were trained and judged on. */
    public static final class Task {
        /** Of the data set. */
        public final String name;

        /** Of the classes, in the order of the outputs. */
        public final List<String> labels = new ArrayList<>();

        /** Numbers in a row. */
        public final int features;

        public final String source;
        public final String licence;

        /** How many rows the models' accuracy is of. */
        public final int testRows;

        public final List<Model> models = new ArrayList<>();

        private Task(JSONObject json) throws JSONException {
            name = json.getString("name");
            features = json.getInt("features");
            source = json.getString("source");
            licence = json.getString("licence");
            testRows = json.getInt("test_rows");
            JSONArray names = json.getJSONArray("labels");
            for (int i = 0; i < names.length(); i++) {
                labels.add(names.getString(i));
            }
            JSONArray described = json.getJSONArray("models");
            for (int i = 0; i < described.length(); i++) {
                models.add(new Model(described.getJSONObject(i)));
            }
        }

        /**
         * @param network such as {@code dense}
         * @throws IllegalArgumentException there is none
         */
        public Model model(String network) {
            for (Model model : models) {
                if (model.network.equals(network)) {
                    return model;
                }
            }
            throw new IllegalArgumentException("no network " + network + " for " + name);
        }
    }

    /** A model, int8 in and out. */
    public static final class Model {
        /** The task's name and the network's: of the file, and of the model in C. */
        public final String name;

        public final String network;

        /** Trained values. */
        public final int parameters;

        /** Of the {@code .tflite} file. */
        public final int bytes;

        /** A fraction of the task's test rows. */
        public final double accuracy;

        /** Weights and tables of the model in C; its working memory. */
        public final int constantBytes;

        public final int scratchBytes;

        public final Quantization input;
        public final Quantization output;

        /** Of the model in C, which may be another lowering. */
        public final Quantization inputInC;

        public final Quantization outputInC;

        private Model(JSONObject json) throws JSONException {
            name = json.getString("name");
            network = json.getString("network");
            parameters = json.getInt("parameters");
            bytes = json.getInt("bytes");
            accuracy = json.getDouble("accuracy");
            JSONObject litert = json.getJSONObject("litert");
            input = quantization(litert.getJSONObject("input"));
            output = quantization(litert.getJSONObject("output"));
            JSONObject c = json.getJSONObject("c");
            inputInC = quantization(c.getJSONObject("input"));
            outputInC = quantization(c.getJSONObject("output"));
            constantBytes = c.getInt("constant_bytes");
            scratchBytes = c.getInt("scratch_bytes");
        }

        /** Of its file among the app's assets. */
        public String file() {
            return name + ".tflite";
        }
    }

    /**
     * @param text JSON
     * @throws IllegalArgumentException it is not what {@code make_assets.py} writes
     */
    public Catalogue(String text) {
        try {
            JSONObject json = new JSONObject(text);
            version = json.getString("version");
            JSONArray described = json.getJSONArray("tasks");
            for (int i = 0; i < described.length(); i++) {
                tasks.add(new Task(described.getJSONObject(i)));
            }
        } catch (JSONException error) {
            throw new IllegalArgumentException("models.json: " + error.getMessage(), error);
        }
    }

    /**
     * @param name of the data set, such as {@code mnist}
     * @throws IllegalArgumentException there is none
     */
    public Task task(String name) {
        for (Task task : tasks) {
            if (task.name.equals(name)) {
                return task;
            }
        }
        throw new IllegalArgumentException("no task " + name);
    }

    private static Quantization quantization(JSONObject json) throws JSONException {
        return new Quantization(json.getDouble("scale"), json.getInt("zero_point"));
    }
}
