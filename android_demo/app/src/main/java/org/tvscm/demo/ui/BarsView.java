package org.tvscm.demo.ui;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import android.view.View;
import java.util.Collections;
import java.util.List;
import org.tvscm.demo.R;
import org.tvscm.demo.inference.Classifier;

/** The probability of each class as a bar over its name; the most probable one stands out. */
public final class BarsView extends View {
    private final Paint bar = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Paint text = new Paint(Paint.ANTI_ALIAS_FLAG);
    private List<String> labels = Collections.emptyList();
    private double[] probabilities = new double[0];

    public BarsView(Context context, AttributeSet attributes) {
        super(context, attributes);
        text.setTextAlign(Paint.Align.CENTER);
        text.setTextSize(getResources().getDimension(R.dimen.body));
    }

    /**
     * @param labels of the classes
     * @param probabilities one a class, or none where there is nothing to show
     */
    void show(List<String> labels, double[] probabilities) {
        this.labels = labels;
        this.probabilities = probabilities;
        StringBuilder spoken = new StringBuilder();
        for (int i = 0; i < probabilities.length; i++) {
            if (probabilities[i] >= 0.005) {
                spoken.append(labels.get(i)).append(": ");
                spoken.append(Figures.percent(probabilities[i])).append(", ");
            }
        }
        setContentDescription(spoken);
        invalidate();
    }

    @Override
    protected void onMeasure(int widthSpec, int heightSpec) {
        int bars = getResources().getDimensionPixelSize(R.dimen.bars);
        int height = bars + Math.round(1.5f * text.getTextSize());
        setMeasuredDimension(getDefaultSize(0, widthSpec), height);
    }

    @Override
    protected void onDraw(Canvas canvas) {
        float floor = getHeight() - 1.5f * text.getTextSize();
        float width = (float) getWidth() / Math.max(1, labels.size());
        float round = width / 8;
        int largest = probabilities.length == 0 ? -1 : Classifier.largest(probabilities);
        for (int i = 0; i < labels.size(); i++) {
            boolean marked = i == largest;
            float left = (i + 0.2f) * width;
            float right = (i + 0.8f) * width;
            bar.setColor(getContext().getColor(R.color.line));
            canvas.drawRoundRect(left, floor - round / 2, right, floor, round / 4, round / 4, bar);
            if (largest >= 0) {
                bar.setColor(getContext().getColor(marked ? R.color.accent : R.color.quiet));
                float top = floor - (float) probabilities[i] * floor;
                canvas.drawRoundRect(left, Math.min(top, floor - 1), right, floor, round, round, bar);
            }
            text.setColor(getContext().getColor(marked ? R.color.accent : R.color.quiet));
            text.setFakeBoldText(marked);
            float baseline = getHeight() - 0.3f * text.getTextSize();
            canvas.drawText(labels.get(i), (i + 0.5f) * width, baseline, text);
        }
    }
}
