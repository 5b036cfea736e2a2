package org.tvscm.demo.ui;

import android.util.TypedValue;
import android.widget.TextView;

/** Large letters where a word has only a part of the screen's width. */
final class Letters {
    private static final float LARGEST = 1.6f;

    private Letters() {}

    /** Keeps a text from growing further with the user's letters, which would break its words. */
    static void limit(TextView view) {
        float scale = view.getResources().getConfiguration().fontScale;
        if (scale > LARGEST) {
            view.setTextSize(TypedValue.COMPLEX_UNIT_PX, view.getTextSize() * LARGEST / scale);
        }
    }
}
