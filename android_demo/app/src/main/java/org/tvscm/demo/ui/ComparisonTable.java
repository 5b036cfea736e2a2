package org.tvscm.demo.ui;

import android.content.Context;
import android.util.AttributeSet;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.TextView;
import org.tvscm.demo.R;

/** Under each heading a figure of the dense network, one of a TVSCM network, and their ratio. */
public final class ComparisonTable extends LinearLayout {
    public ComparisonTable(Context context, AttributeSet attributes) {
        super(context, attributes);
    }

    /** Empty but for the names of the networks. */
    void start(String dense, String tvscm) {
        removeAllViews();
        values(dense, tvscm, "", R.style.Heading);
    }

    /**
     * @param heading a string resource
     * @param ratio in words; empty where there is none
     */
    void add(int heading, String dense, String tvscm, String ratio) {
        TextView title = new TextView(getContext(), null, 0, R.style.Small);
        title.setText(heading);
        LayoutParams below = new LayoutParams(LayoutParams.MATCH_PARENT, LayoutParams.WRAP_CONTENT);
        below.topMargin = getResources().getDimensionPixelSize(R.dimen.gap);
        addView(title, below);
        LinearLayout row = values(dense, tvscm, ratio, R.style.Value);
        // TalkBack reads heading and figures in one go.
        String spoken = title.getText() + ": " + dense + ", " + tvscm + ", " + ratio;
        row.setContentDescription(spoken);
        title.setImportantForAccessibility(View.IMPORTANT_FOR_ACCESSIBILITY_NO);
    }

    private LinearLayout values(String dense, String tvscm, String ratio, int style) {
        LinearLayout row = new LinearLayout(getContext());
        row.setBaselineAligned(true);
        row.addView(value(dense, style), new LayoutParams(0, LayoutParams.WRAP_CONTENT, 1));
        row.addView(value(tvscm, style), new LayoutParams(0, LayoutParams.WRAP_CONTENT, 1));
        row.addView(value(ratio, R.style.Ratio), new LayoutParams(0, LayoutParams.WRAP_CONTENT, 1));
        addView(row);
        return row;
    }

    private TextView value(String text, int style) {
        TextView view = new TextView(getContext(), null, 0, style);
        view.setText(text);
        return view;
    }
}
