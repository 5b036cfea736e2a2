package org.tvscm.demo.preprocess;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** A stretch of a recorded ECG, with the beats that cardiologists marked in it. */
public final class EcgStrip {
    /** A marked beat. */
    public static final class Mark {
        /** Its first sample, near the R peak. */
        public final int start;

        /** Samples. */
        public final int length;

        /** What the cardiologists call it. */
        public final String label;

        private Mark(JSONObject json) throws JSONException {
            start = json.getInt("start");
            length = json.getInt("length");
            label = json.getString("label");
        }

        /** The first sample behind it. */
        public int end() {
            return start + length;
        }
    }

    /** In steps of the converter that recorded it, {@link Beat#RATE} a second. */
    public final int[] samples;

    public final List<Mark> beats = new ArrayList<>();
    public final String source;

    /**
     * @param text JSON
     * @throws IllegalArgumentException it is not what {@code make_ecg.py} writes
     */
    public EcgStrip(String text) {
        try {
            JSONObject json = new JSONObject(text);
            source = json.getString("source");
            JSONArray values = json.getJSONArray("samples");
            samples = new int[values.length()];
            for (int i = 0; i < samples.length; i++) {
                samples[i] = values.getInt(i);
            }
            JSONArray marks = json.getJSONArray("beats");
            for (int i = 0; i < marks.length(); i++) {
                beats.add(new Mark(marks.getJSONObject(i)));
            }
        } catch (JSONException error) {
            throw new IllegalArgumentException("ecg.json: " + error.getMessage(), error);
        }
    }
}
