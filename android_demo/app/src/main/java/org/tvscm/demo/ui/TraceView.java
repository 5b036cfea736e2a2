package org.tvscm.demo.ui;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.graphics.Path;
import android.util.AttributeSet;
import android.view.View;
import org.tvscm.demo.R;
import org.tvscm.demo.preprocess.Beat;
import org.tvscm.demo.preprocess.EcgStrip;

/** An ECG that runs from right to left, with the class of each beat that is over above its peak. */
public final class TraceView extends View {
    private static final float SECONDS = 5;

    private final Paint grid = new Paint();
    private final Paint line = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Paint text = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Path path = new Path();
    private EcgStrip strip;
    private String[] classes = new String[0];
    private int low;
    private int high;
    private int playhead;

    public TraceView(Context context, AttributeSet attributes) {
        super(context, attributes);
        float density = getResources().getDisplayMetrics().density;
        grid.setColor(context.getColor(R.color.line));
        grid.setStrokeWidth(density);
        line.setStyle(Paint.Style.STROKE);
        line.setStrokeJoin(Paint.Join.ROUND);
        line.setStrokeWidth(2 * density);
        line.setColor(context.getColor(R.color.ink));
        text.setTextAlign(Paint.Align.CENTER);
        text.setTextSize(getResources().getDimension(R.dimen.mark));
        text.setFakeBoldText(true);
        // The grid ends at the background's round corners.
        setClipToOutline(true);
    }

    /** The samples and the marked beats to play. */
    void setStrip(EcgStrip strip) {
        this.strip = strip;
        low = Integer.MAX_VALUE;
        high = Integer.MIN_VALUE;
        for (int sample : strip.samples) {
            low = Math.min(low, sample);
            high = Math.max(high, sample);
        }
        invalidate();
    }

    /** What a network makes of each beat of the strip. */
    void setClasses(String[] classes) {
        this.classes = classes;
        invalidate();
    }

    /** The sample that has come in last. */
    void setPlayhead(int playhead) {
        this.playhead = playhead;
        invalidate();
    }

    @Override
    protected void onDraw(Canvas canvas) {
        if (strip == null) {
            return;
        }
        float perSample = getWidth() / (SECONDS * Beat.RATE);
        drawGrid(canvas, perSample);
        int first = Math.max(0, playhead - Math.round(SECONDS * Beat.RATE));
        path.rewind();
        for (int i = first; i <= playhead && i < strip.samples.length; i++) {
            float x = getWidth() - (playhead - i) * perSample;
            if (path.isEmpty()) {
                path.moveTo(x, y(strip.samples[i]));
            } else {
                path.lineTo(x, y(strip.samples[i]));
            }
        }
        canvas.drawPath(path, line);
        for (int i = 0; i < classes.length; i++) {
            EcgStrip.Mark beat = strip.beats.get(i);
            if (beat.end() <= playhead && beat.start > first) {
                float x = getWidth() - (playhead - beat.start) * perSample;
                boolean normal = classes[i].equals("N");
                text.setColor(getContext().getColor(normal ? R.color.accent : R.color.alarm));
                canvas.drawText(classes[i], x, 1.3f * text.getTextSize(), text);
            }
        }
    }

    /** A line each fifth of a second, as on an ECG's paper. */
    private void drawGrid(Canvas canvas, float perSample) {
        float step = perSample * Beat.RATE / 5;
        float start = step - playhead * perSample % step;
        for (float x = start; x < getWidth(); x += step) {
            canvas.drawLine(x, 0, x, getHeight(), grid);
        }
        for (float y = step; y < getHeight(); y += step) {
            canvas.drawLine(0, y, getWidth(), y, grid);
        }
    }

    private float y(int sample) {
        float top = 2 * text.getTextSize();
        float room = getHeight() - top - text.getTextSize() / 2;
        return top + room * (high - sample) / Math.max(1, high - low);
    }
}
