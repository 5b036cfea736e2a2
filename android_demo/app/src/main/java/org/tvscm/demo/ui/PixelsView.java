package org.tvscm.demo.ui;

import android.content.Context;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.graphics.Rect;
import android.util.AttributeSet;
import android.view.View;
import org.tvscm.demo.preprocess.MnistImage;

/** The 28 x 28 pixels that a network is given, white on black as in MNIST. */
public final class PixelsView extends View {
    private final Bitmap bitmap =
            Bitmap.createBitmap(MnistImage.SIDE, MnistImage.SIDE, Bitmap.Config.ARGB_8888);
    private final Rect whole = new Rect();
    // Not smoothed: these are the pixels.
    private final Paint paint = new Paint();

    public PixelsView(Context context, AttributeSet attributes) {
        super(context, attributes);
        show(new byte[MnistImage.SIDE * MnistImage.SIDE]);
    }

    /** As {@link MnistImage#of} gives them. */
    void show(byte[] pixels) {
        int[] colors = new int[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            colors[i] = 0xff000000 | (pixels[i] & 255) * 0x010101;
        }
        bitmap.setPixels(colors, 0, MnistImage.SIDE, 0, 0, MnistImage.SIDE, MnistImage.SIDE);
        invalidate();
    }

    @Override
    protected void onDraw(Canvas canvas) {
        whole.set(0, 0, getWidth(), getHeight());
        canvas.drawBitmap(bitmap, null, whole, paint);
    }
}
