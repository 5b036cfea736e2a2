package org.tvscm.demo.ui;

import android.os.Bundle;
import android.os.SystemClock;
import android.view.View;
import android.widget.Button;
import android.widget.RadioGroup;
import android.widget.TextView;
import org.tvscm.demo.R;
import org.tvscm.demo.benchmark.Timing;
import org.tvscm.demo.inference.Catalogue;
import org.tvscm.demo.inference.Classifier;
import org.tvscm.demo.inference.Runner;
import org.tvscm.demo.preprocess.Beat;
import org.tvscm.demo.preprocess.EcgStrip;

/** A recorded ECG plays, and each beat is classified once it is over. */
final class EcgScreen {
    private static final String PLAYHEAD = "ecg_playhead";
    private static final int TIMED = 20;

    private final View screen;
    private final Models models;
    private final Catalogue.Task task;
    private final EcgStrip strip;
    private final TraceView trace;
    private final TextView beat;
    private final TextView beatName;
    private final TextView agreement;
    private final RadioGroup network;
    private final Button play;
    private final SavingsCard savings;
    private final Runnable frame = this::advance;
    private String[] classes;
    private int playhead;
    private int beatsShown;
    private long playedUntil;
    private boolean playing;

    EcgScreen(View screen, Models models) {
        this.screen = screen;
        this.models = models;
        task = models.catalogue.task("heartbeat");
        strip = models.ecg;
        trace = screen.findViewById(R.id.trace);
        beat = screen.findViewById(R.id.beat);
        beatName = screen.findViewById(R.id.beat_name);
        agreement = screen.findViewById(R.id.agreement);
        network = screen.findViewById(R.id.ecg_network);
        play = screen.findViewById(R.id.play);
        savings = new SavingsCard(screen.findViewById(R.id.savings));
        TextView source = screen.findViewById(R.id.ecg_source);
        source.setText(strip.source);
        trace.setStrip(strip);
        network.setOnCheckedChangeListener((group, id) -> classify());
        play.setOnClickListener(
                view -> {
                    if (playing) {
                        pause();
                    } else {
                        play();
                    }
                });
        classify();
    }

    void save(Bundle state) {
        state.putInt(PLAYHEAD, playhead);
    }

    void restore(Bundle state) {
        moveTo(state.getInt(PLAYHEAD));
    }

    /** Shows the ECG up to a sample of it. */
    void moveTo(int sample) {
        playhead = sample;
        trace.setPlayhead(sample);
        int over = 0;
        int agreed = 0;
        while (over < classes.length && strip.beats.get(over).end() <= sample) {
            if (classes[over].equals(strip.beats.get(over).label)) {
                agreed++;
            }
            over++;
        }
        if (over == beatsShown) {
            return;
        }
        beatsShown = over;
        String latest = over == 0 ? null : classes[over - 1];
        String name = screen.getResources().getString(name(latest));
        beat.setText(latest == null ? screen.getResources().getString(R.string.no_answer) : latest);
        boolean normal = latest == null || latest.equals("N");
        beat.setTextColor(screen.getContext().getColor(normal ? R.color.accent : R.color.alarm));
        beatName.setText(name);
        agreement.setText(screen.getResources().getString(R.string.agreement, agreed, over));
        trace.setContentDescription(screen.getResources().getString(R.string.trace, name));
    }

    void pause() {
        playing = false;
        play.setText(R.string.play);
        screen.removeCallbacks(frame);
    }

    private void play() {
        playing = true;
        playedUntil = SystemClock.uptimeMillis();
        play.setText(R.string.pause);
        screen.postOnAnimation(frame);
    }

    private void advance() {
        long now = SystemClock.uptimeMillis();
        int samples = (int) ((now - playedUntil) * Beat.RATE / 1000);
        // What is less than a sample counts for the next frame.
        playedUntil += samples * 1000L / Beat.RATE;
        moveTo((playhead + samples) % strip.samples.length);
        if (playing) {
            screen.postOnAnimation(frame);
        }
    }

    private void classify() {
        Catalogue.Model model = task.model(Networks.chosen(network));
        Classifier classifier = models.classifier(model);
        classes = new String[strip.beats.size()];
        for (int i = 0; i < classes.length; i++) {
            EcgStrip.Mark mark = strip.beats.get(i);
            float[] row = Beat.row(strip.samples, mark.start, mark.length);
            classes[i] = task.labels.get(Classifier.largest(classifier.probabilities(row)));
        }
        trace.setClasses(classes);
        savings.show(model, task.model(Networks.DENSE));
        Runner runner = models.runner(model);
        savings.showTime((double) Timing.nanoseconds(runner, TIMED) / TIMED);
        beatsShown = -1;
        moveTo(playhead);
    }

    private static int name(String label) {
        switch (label == null ? "" : label) {
            case "N":
                return R.string.beat_N;
            case "S":
                return R.string.beat_S;
            case "V":
                return R.string.beat_V;
            case "F":
                return R.string.beat_F;
            case "Q":
                return R.string.beat_Q;
            default:
                return R.string.no_beat;
        }
    }
}
