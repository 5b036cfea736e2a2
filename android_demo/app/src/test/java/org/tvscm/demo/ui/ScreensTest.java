package org.tvscm.demo.ui;

import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.graphics.BitmapFactory;
import android.widget.TextView;
import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.tvscm.demo.Drawings;
import org.tvscm.demo.R;

/**
 * What the screens look like: pictures in {@code docs/}, of which each must come out again.
 *
 * <p>{@code -Dtvscm.screens=FOLDER} says where they lie; with {@code -Dtvscm.record=true} they are
 * written there instead, to be looked at.
 */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 34, qualifiers = "w400dp-h800dp-mdpi")
public class ScreensTest {
    /** Of the pixels: fonts are drawn a little differently by another release of Skia. */
    private static final double ALLOWED = 0.002;

    @Test
    public void day() throws Exception {
        screens("phone");
    }

    @Test
    @Config(qualifiers = "+night")
    public void night() throws Exception {
        screens("phone-night");
    }

    @Test
    @Config(fontScale = 1.6f)
    public void largeLetters() throws Exception {
        screens("phone-large");
    }

    @Test
    @Config(qualifiers = "w1000dp-h700dp-land-mdpi")
    public void tablet() throws Exception {
        screens("tablet");
    }

    private static void screens(String device) throws Exception {
        try (App app = new App()) {
            app.draw(new Drawings().strokes.get(3 * 12 + 1));
            still(app);
            compare(app, device + "-digits");
            app.choose(R.id.tab_ecg);
            app.activity().ecg().moveTo(45 * 360);
            still(app);
            compare(app, device + "-ecg");
            app.choose(R.id.tab_compare);
            compare(app, device + "-compare");
            app.choose(R.id.tab_about);
            compare(app, device + "-about");
        }
    }

    /** Times differ from run to run. */
    private static void still(App app) {
        app.shown().stream()
                .filter(view -> view.getId() == R.id.time)
                .forEach(view -> ((TextView) view).setText("–"));
    }

    private static void compare(App app, String name) throws Exception {
        Bitmap screen = app.screen();
        File file = new File(System.getProperty("tvscm.screens"), name + ".png");
        if (Boolean.getBoolean("tvscm.record")) {
            try (OutputStream out = new FileOutputStream(file)) {
                assertTrue(screen.compress(Bitmap.CompressFormat.PNG, 100, out));
            }
            return;
        }
        assertTrue(file + " is missing; record it", file.exists());
        Bitmap expected = BitmapFactory.decodeFile(file.getPath());
        int width = screen.getWidth();
        int height = screen.getHeight();
        assertTrue(name, width == expected.getWidth() && height == expected.getHeight());
        int[] here = new int[width * height];
        int[] there = new int[width * height];
        screen.getPixels(here, 0, width, 0, 0, width, height);
        expected.getPixels(there, 0, width, 0, 0, width, height);
        int differing = 0;
        for (int i = 0; i < here.length; i++) {
            differing += here[i] == there[i] ? 0 : 1;
        }
        String message = name + ": " + differing + " pixels differ; look at it and record it anew";
        assertTrue(message, differing <= ALLOWED * here.length);
    }
}
