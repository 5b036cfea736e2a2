package org.tvscm.demo.ui;

import android.app.Activity;
import android.os.Bundle;
import android.widget.TextView;

/** The one window of the app. */
public final class MainActivity extends Activity {
    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        TextView text = new TextView(this);
        text.setText("TVSCM");
        setContentView(text);
    }
}
