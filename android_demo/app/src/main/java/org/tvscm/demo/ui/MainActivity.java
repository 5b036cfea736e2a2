package org.tvscm.demo.ui;

import android.app.Activity;
import android.os.Bundle;
import android.view.View;
import android.widget.RadioGroup;
import android.widget.TextView;
import java.io.IOException;
import org.tvscm.demo.R;

/** The one window of the app: four screens, and the tabs between them. */
public final class MainActivity extends Activity {
    private static final int[][] SCREENS = {
        {R.id.tab_digits, R.id.digits},
        {R.id.tab_ecg, R.id.ecg},
        {R.id.tab_compare, R.id.compare},
        {R.id.tab_about, R.id.about},
    };

    private Models models;
    private EcgScreen ecg;

    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        try {
            models = new Models(this);
        } catch (IOException | IllegalArgumentException error) {
            TextView text = new TextView(this, null, 0, R.style.Text);
            text.setText(getString(R.string.damaged, error.getMessage()));
            setContentView(text);
            EdgeToEdge.apply(this, text);
            return;
        }
        setContentView(R.layout.main);
        EdgeToEdge.apply(this, findViewById(R.id.root));
        new DigitsScreen(findViewById(R.id.digits), models);
        ecg = new EcgScreen(findViewById(R.id.ecg), models);
        new CompareScreen(findViewById(R.id.compare), models);
        new AboutScreen(findViewById(R.id.about), models);
        RadioGroup tabs = findViewById(R.id.tabs);
        for (int i = 0; i < tabs.getChildCount(); i++) {
            Letters.limit((TextView) tabs.getChildAt(i));
        }
        tabs.setOnCheckedChangeListener((group, tab) -> show(tab));
    }

    /** For tests, which cannot wait for it to play. */
    EcgScreen ecg() {
        return ecg;
    }

    private void show(int tab) {
        for (int[] screen : SCREENS) {
            View view = findViewById(screen[1]);
            view.setVisibility(screen[0] == tab ? View.VISIBLE : View.GONE);
        }
        if (tab != R.id.tab_ecg) {
            ecg.pause();
        }
    }

    @Override
    protected void onPause() {
        if (ecg != null) {
            ecg.pause();
        }
        super.onPause();
    }

    @Override
    protected void onSaveInstanceState(Bundle state) {
        super.onSaveInstanceState(state);
        if (ecg != null) {
            ecg.save(state);
        }
    }

    @Override
    protected void onRestoreInstanceState(Bundle state) {
        super.onRestoreInstanceState(state);
        if (ecg != null) {
            ecg.restore(state);
        }
    }

    @Override
    protected void onDestroy() {
        if (models != null) {
            models.close();
        }
        super.onDestroy();
    }
}
