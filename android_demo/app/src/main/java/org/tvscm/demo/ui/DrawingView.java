package org.tvscm.demo.ui;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.graphics.Path;
import android.os.Bundle;
import android.os.Parcelable;
import android.util.AttributeSet;
import android.view.MotionEvent;
import android.view.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tvscm.demo.R;
import org.tvscm.demo.preprocess.Ink;

/** A square to draw a digit on; the drawing outlives a rotation. */
public final class DrawingView extends View {
    private static final float UNITS = Ink.SIDE * Ink.UNIT;

    private final Paint pen = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Paint guide = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Path path = new Path();
    private final List<int[]> strokes = new ArrayList<>();
    private Runnable listener = () -> {};

    public DrawingView(Context context, AttributeSet attributes) {
        super(context, attributes);
        pen.setStyle(Paint.Style.STROKE);
        pen.setStrokeCap(Paint.Cap.ROUND);
        pen.setStrokeJoin(Paint.Join.ROUND);
        pen.setColor(context.getColor(R.color.ink));
        guide.setColor(context.getColor(R.color.quiet));
        guide.setTextAlign(Paint.Align.CENTER);
        guide.setTextSize(getResources().getDimension(R.dimen.body));
        setSaveEnabled(true);
    }

    /** Called whenever the drawing has changed, also within a stroke. */
    void setListener(Runnable listener) {
        this.listener = listener;
    }

    /** As {@link Ink} takes them. */
    List<int[]> strokes() {
        return strokes;
    }

    void clear() {
        strokes.clear();
        changed();
    }

    private void changed() {
        invalidate();
        listener.run();
    }

    @Override
    protected void onMeasure(int widthSpec, int heightSpec) {
        int width = MeasureSpec.getSize(widthSpec);
        int most = getResources().getDimensionPixelSize(R.dimen.drawing);
        int side = Math.min(width, most);
        if (MeasureSpec.getMode(heightSpec) != MeasureSpec.UNSPECIFIED) {
            side = Math.min(side, MeasureSpec.getSize(heightSpec));
        }
        setMeasuredDimension(side, side);
    }

    @Override
    protected void onDraw(Canvas canvas) {
        float unit = getWidth() / UNITS;
        if (strokes.isEmpty()) {
            String hint = getResources().getString(R.string.draw_here);
            canvas.drawText(hint, getWidth() / 2f, getHeight() / 2f, guide);
        }
        pen.setStrokeWidth(2 * Ink.RADIUS * unit);
        for (int[] stroke : strokes) {
            path.rewind();
            path.moveTo(stroke[0] * unit, stroke[1] * unit);
            // A line to where it starts draws the dot of a stroke of one point.
            for (int i = 0; i < stroke.length; i += 2) {
                path.lineTo(stroke[i] * unit, stroke[i + 1] * unit);
            }
            canvas.drawPath(path, pen);
        }
    }

    @Override
    public boolean onTouchEvent(MotionEvent event) {
        switch (event.getActionMasked()) {
            case MotionEvent.ACTION_DOWN:
                // Or what scrolls around it would take the finger's way down.
                getParent().requestDisallowInterceptTouchEvent(true);
                strokes.add(new int[0]);
                extend(event);
                return true;
            case MotionEvent.ACTION_MOVE:
                extend(event);
                return true;
            case MotionEvent.ACTION_UP:
                performClick();
                return true;
            default:
                return super.onTouchEvent(event);
        }
    }

    @Override
    public boolean performClick() {
        return super.performClick();
    }

    private void extend(MotionEvent event) {
        if (strokes.isEmpty()) {
            return;
        }
        int last = strokes.size() - 1;
        int[] stroke = strokes.get(last);
        int points = event.getHistorySize();
        int[] longer = Arrays.copyOf(stroke, stroke.length + 2 * (points + 1));
        for (int i = 0; i < points; i++) {
            longer[stroke.length + 2 * i] = units(event.getHistoricalX(i));
            longer[stroke.length + 2 * i + 1] = units(event.getHistoricalY(i));
        }
        longer[longer.length - 2] = units(event.getX());
        longer[longer.length - 1] = units(event.getY());
        strokes.set(last, longer);
        changed();
    }

    private int units(float pixels) {
        return Math.round(Math.max(0, Math.min(UNITS, pixels * UNITS / getWidth())));
    }

    @Override
    protected Parcelable onSaveInstanceState() {
        Bundle state = new Bundle();
        state.putParcelable("view", super.onSaveInstanceState());
        state.putInt("strokes", strokes.size());
        for (int i = 0; i < strokes.size(); i++) {
            state.putIntArray("stroke" + i, strokes.get(i));
        }
        return state;
    }

    // The method that takes a class is newer than the oldest Android that this runs on.
    @SuppressWarnings("deprecation")
    @Override
    protected void onRestoreInstanceState(Parcelable parcelable) {
        Bundle state = (Bundle) parcelable;
        super.onRestoreInstanceState(state.getParcelable("view"));
        strokes.clear();
        for (int i = 0; i < state.getInt("strokes"); i++) {
            strokes.add(state.getIntArray("stroke" + i));
        }
        changed();
    }
}
