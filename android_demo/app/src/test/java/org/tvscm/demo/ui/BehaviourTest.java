package org.tvscm.demo.ui;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.view.View;
import android.widget.Button;
import android.widget.TextView;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowChoreographer;
import org.robolectric.shadows.ShadowLooper;
import org.tvscm.demo.Drawings;
import org.tvscm.demo.R;
import org.tvscm.demo.Resources;
import org.tvscm.demo.inference.Catalogue;

/** What the screens do. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 34, qualifiers = "w400dp-h800dp-xhdpi")
public class BehaviourTest {
    @Test
    public void readsDrawnDigits() throws Exception {
        Drawings drawings = new Drawings();
        try (App app = new App()) {
            int right = 0;
            // Two hands of each digit.
            for (int i = 1; i < drawings.strokes.size(); i += 6) {
                app.find(R.id.clear).performClick();
                assertEquals("–", app.text(R.id.digit));
                app.draw(drawings.strokes.get(i));
                if (app.text(R.id.digit).equals(String.valueOf(drawings.digits.get(i)))) {
                    right++;
                }
            }
            // Nobody's hand, but digits; guessing reads a tenth of them.
            assertTrue(right + " of 20", right >= 18);
        }
    }

    @Test
    public void keepsDrawingTabAndNetworkWhenItIsRotated() throws Exception {
        Drawings drawings = new Drawings();
        try (App app = new App()) {
            app.choose(R.id.digits_stack);
            app.draw(drawings.strokes.get(24));
            String bytes = app.text(R.id.bytes);
            assertEquals("2", app.text(R.id.digit));
            app.recreate();
            assertEquals("2", app.text(R.id.digit));
            assertEquals(bytes, app.text(R.id.bytes));
            DrawingView drawing = app.find(R.id.drawing);
            assertEquals(1, drawing.strokes().size());
            app.choose(R.id.tab_compare);
            app.recreate();
            assertEquals(View.VISIBLE, app.find(R.id.compare).getVisibility());
            assertEquals(View.GONE, app.find(R.id.digits).getVisibility());
        }
    }

    @Test
    public void flipsBetweenDenseAndTvscm() throws Exception {
        try (App app = new App()) {
            app.draw(Collections.singletonList(new int[] {2240, 500, 2240, 4000}));
            Catalogue.Task task = new Catalogue(Resources.text("models.json")).task("mnist");
            double dense = task.model("dense").bytes;
            assertEquals(Figures.ratio(dense / task.model("fast").bytes), app.text(R.id.bytes));
            assertEquals("86×", app.text(R.id.parameters));
            app.choose(R.id.digits_dense);
            assertEquals(Figures.bytes(Math.round(dense)), app.text(R.id.bytes));
            assertEquals("623,290", app.text(R.id.parameters));
            assertEquals("1", app.text(R.id.digit));
        }
    }

    @Test
    public void marksBeatsAsTheEcgPlays() {
        try (App app = new App()) {
            app.choose(R.id.tab_ecg);
            assertEquals("–", app.text(R.id.beat));
            Button play = app.find(R.id.play);
            // Robolectric draws a thousand frames a second if it may.
            ShadowChoreographer.setPaused(true);
            ShadowChoreographer.setFrameDelay(Duration.ofMillis(50));
            play.performClick();
            assertEquals("Pause", play.getText().toString());
            for (int i = 0; i < 40; i++) {
                ShadowLooper.idleMainLooper(100, TimeUnit.MILLISECONDS);
            }
            play.performClick();
            assertEquals("Play", play.getText().toString());
            // Four seconds of a heart that beats 105 times a minute.
            String agreement = app.text(R.id.agreement);
            String[] words = agreement.split("\\D+");
            int over = Integer.parseInt(words[2]);
            assertTrue(agreement, over >= 4 && over <= 8);
            assertTrue(agreement, Integer.parseInt(words[1]) >= over - 2);
        }
    }

    @Test
    public void goesOnWithTheEcgWhereItWasWhenItIsRotated() {
        try (App app = new App()) {
            app.choose(R.id.tab_ecg);
            app.activity().ecg().moveTo(45 * 360);
            String agreement = app.text(R.id.agreement);
            app.recreate();
            assertEquals(agreement, app.text(R.id.agreement));
        }
    }

    @Test
    public void measuresAndSaysWhyThereIsNoEnergy() throws Exception {
        try (App app = new App()) {
            app.choose(R.id.tab_compare);
            Button measure = app.find(R.id.measure);
            assertTrue(!app.text(R.id.method).contains("Energy:"));
            measure.performClick();
            assertEquals("Measuring…", measure.getText().toString());
            for (int i = 0; i < 600 && !measure.isEnabled(); i++) {
                Thread.sleep(100);
                ShadowLooper.idleMainLooper();
            }
            assertTrue("measured within a minute", measure.isEnabled());
            assertTrue(app.text(R.id.method), app.text(R.id.method).contains("Energy: this device"));
            int times = 0;
            for (View view : app.shown()) {
                if (view instanceof TextView
                        && ((TextView) view).getText().toString().matches(".+ [µm]s")) {
                    times++;
                }
            }
            // Median and 95 % of two networks on two runtimes.
            assertEquals(8, times);
        }
    }
}
