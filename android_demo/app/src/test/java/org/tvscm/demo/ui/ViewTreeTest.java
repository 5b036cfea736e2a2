package org.tvscm.demo.ui;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.content.res.ColorStateList;
import android.graphics.Color;
import android.graphics.Insets;
import android.graphics.drawable.ColorDrawable;
import android.graphics.drawable.Drawable;
import android.graphics.drawable.GradientDrawable;
import android.graphics.drawable.StateListDrawable;
import android.text.Layout;
import android.view.View;
import android.view.WindowInsets;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.tvscm.demo.R;

/** What can be read and touched, by everybody, on every screen. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 34, qualifiers = "w400dp-h800dp-xhdpi")
public class ViewTreeTest {
    private static final int[] TABS = {
        R.id.tab_digits, R.id.tab_ecg, R.id.tab_compare, R.id.tab_about
    };
    // Web Content Accessibility Guidelines 2.1, 1.4.3.
    private static final double CONTRAST = 4.5;

    @Test
    public void byDay() {
        check();
    }

    @Test
    @Config(qualifiers = "+night")
    public void byNight() {
        check();
    }

    @Test
    @Config(qualifiers = "w360dp-h640dp-xhdpi", fontScale = 1.3f)
    public void onASmallPhoneInLargeLetters() {
        check();
    }

    @Test
    @Config(fontScale = 2f)
    public void inTheLargestLetters() {
        check();
    }

    @Test
    @Config(qualifiers = "w1280dp-h800dp-land-mdpi")
    public void onATablet() {
        check();
    }

    @Test
    public void keepsClearOfTheSystemsBars() {
        try (App app = new App()) {
            View root = app.find(R.id.root);
            root.dispatchApplyWindowInsets(
                    new WindowInsets.Builder()
                            .setInsets(WindowInsets.Type.statusBars(), Insets.of(0, 48, 0, 0))
                            .setInsets(WindowInsets.Type.navigationBars(), Insets.of(0, 0, 0, 96))
                            .setInsets(WindowInsets.Type.displayCutout(), Insets.of(60, 0, 0, 0))
                            .build());
            assertEquals(60, root.getPaddingLeft());
            assertEquals(48, root.getPaddingTop());
            assertEquals(96, root.getPaddingBottom());
        }
    }

    private static void check() {
        try (App app = new App()) {
            app.draw(Collections.singletonList(new int[] {2240, 500, 2240, 4000}));
            List<String> wrong = new ArrayList<>();
            for (int tab : TABS) {
                app.choose(tab);
                for (View view : app.shown()) {
                    check(view, wrong);
                }
            }
            assertEquals(String.join("\n", wrong), 0, wrong.size());
        }
    }

    private static void check(View view, List<String> wrong) {
        float dp = view.getResources().getDisplayMetrics().density;
        if (view.isClickable() && view.isEnabled()) {
            if (view.getWidth() < 47.9 * dp || view.getHeight() < 47.9 * dp) {
                wrong.add(name(view) + " is too small to touch");
            }
            boolean text = view instanceof TextView && ((TextView) view).length() > 0;
            if (!text && view.getContentDescription() == null) {
                wrong.add(name(view) + " has nothing that TalkBack could say");
            }
        }
        if (!(view instanceof TextView) || ((TextView) view).length() == 0) {
            return;
        }
        TextView text = (TextView) view;
        Layout layout = text.getLayout();
        int height =
                layout.getHeight() + text.getCompoundPaddingTop() + text.getCompoundPaddingBottom();
        int room = text.getWidth() - text.getCompoundPaddingLeft() - text.getCompoundPaddingRight();
        if (height > text.getHeight()) {
            wrong.add(name(view) + " is cut below: " + text.getText());
        }
        for (int line = 0; line < layout.getLineCount(); line++) {
            int end = layout.getLineEnd(line);
            if (layout.getEllipsisCount(line) > 0 || layout.getLineMax(line) > room + 1) {
                wrong.add(name(view) + " is cut: " + text.getText());
            }
            if (line < layout.getLineCount() - 1
                    && Character.isLetterOrDigit(text.getText().charAt(end - 1))
                    && Character.isLetterOrDigit(text.getText().charAt(end))) {
                wrong.add(name(view) + " is broken within a word: " + text.getText());
            }
        }
        double contrast = contrast(text.getCurrentTextColor(), background(view));
        if (view.isEnabled() && contrast < CONTRAST) {
            wrong.add(name(view) + " has a contrast of " + contrast + ": " + text.getText());
        }
    }

    private static String name(View view) {
        String id =
                view.getId() == View.NO_ID
                        ? ""
                        : " " + view.getResources().getResourceEntryName(view.getId());
        return view.getClass().getSimpleName() + id;
    }

    /** The colour that a view's text stands on. */
    private static int background(View view) {
        for (View at = view; ; at = (View) at.getParent()) {
            Drawable drawable = at.getBackground();
            if (drawable instanceof StateListDrawable) {
                drawable = drawable.getCurrent();
            }
            if (drawable instanceof android.graphics.drawable.RippleDrawable) {
                android.graphics.drawable.RippleDrawable ripple =
                        (android.graphics.drawable.RippleDrawable) drawable;
                drawable =
                        ripple.getNumberOfLayers() > 0 && ripple.getId(0) != android.R.id.mask
                                ? ripple.getDrawable(0)
                                : null;
            }
            if (drawable instanceof ColorDrawable) {
                return ((ColorDrawable) drawable).getColor();
            }
            if (drawable instanceof GradientDrawable) {
                ColorStateList colors = ((GradientDrawable) drawable).getColor();
                if (colors != null) {
                    return colors.getDefaultColor();
                }
            }
            assertTrue(name(view) + " stands on no colour", at.getParent() instanceof View);
        }
    }

    private static double contrast(int color, int other) {
        double one = Color.luminance(color) + 0.05;
        double two = Color.luminance(other) + 0.05;
        return Math.max(one / two, two / one);
    }
}
