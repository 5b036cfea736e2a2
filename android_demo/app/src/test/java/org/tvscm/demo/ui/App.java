package org.tvscm.demo.ui;

import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.os.SystemClock;
import android.view.MotionEvent;
import android.view.View;
import android.view.ViewGroup;
import android.widget.RadioButton;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.robolectric.Robolectric;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadows.ShadowLooper;
import org.tvscm.demo.R;
import org.tvscm.demo.preprocess.Ink;

/** The app as it runs in a test, and what a user does with it. */
final class App implements AutoCloseable {
    private final ActivityController<MainActivity> controller;

    App() {
        controller = Robolectric.buildActivity(MainActivity.class).setup();
    }

    MainActivity activity() {
        return controller.get();
    }

    <T extends View> T find(int id) {
        return activity().findViewById(id);
    }

    String text(int id) {
        TextView view = find(id);
        return view.getText().toString();
    }

    /** As a rotation does. */
    void recreate() {
        controller.recreate();
        ShadowLooper.idleMainLooper();
    }

    void choose(int id) {
        RadioButton button = find(id);
        button.performClick();
        ShadowLooper.idleMainLooper();
    }

    /** A drawing, as a finger makes it: the points of a stroke come in one batch. */
    void draw(List<int[]> strokes) {
        DrawingView drawing = find(R.id.drawing);
        float pixels = drawing.getWidth() / (float) (Ink.SIDE * Ink.UNIT);
        for (int[] stroke : strokes) {
            long now = SystemClock.uptimeMillis();
            float x = stroke[0] * pixels;
            float y = stroke[1] * pixels;
            touch(drawing, MotionEvent.obtain(now, now, MotionEvent.ACTION_DOWN, x, y, 0));
            MotionEvent move = MotionEvent.obtain(now, now, MotionEvent.ACTION_MOVE, x, y, 0);
            for (int i = 2; i < stroke.length; i += 2) {
                move.addBatch(now, stroke[i] * pixels, stroke[i + 1] * pixels, 1, 1, 0);
            }
            touch(drawing, move);
            touch(drawing, MotionEvent.obtain(now, now, MotionEvent.ACTION_UP, x, y, 0));
        }
        ShadowLooper.idleMainLooper();
    }

    private static void touch(View view, MotionEvent event) {
        view.dispatchTouchEvent(event);
        event.recycle();
    }

    /** All views that are shown, the containers before what they hold. */
    List<View> shown() {
        List<View> views = new ArrayList<>();
        collect(activity().getWindow().getDecorView(), views);
        return views;
    }

    private static void collect(View view, List<View> views) {
        if (view.getVisibility() != View.VISIBLE) {
            return;
        }
        views.add(view);
        if (view instanceof ViewGroup) {
            ViewGroup group = (ViewGroup) view;
            for (int i = 0; i < group.getChildCount(); i++) {
                collect(group.getChildAt(i), views);
            }
        }
    }

    Bitmap screen() {
        View whole = activity().getWindow().getDecorView();
        Bitmap bitmap =
                Bitmap.createBitmap(whole.getWidth(), whole.getHeight(), Bitmap.Config.ARGB_8888);
        whole.draw(new Canvas(bitmap));
        return bitmap;
    }

    @Override
    public void close() {
        controller.close();
    }
}
