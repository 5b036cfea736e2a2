package org.tvscm.demo.ui;

import android.view.View;
import android.widget.RadioGroup;
import org.tvscm.demo.R;

/** The networks by what is chosen on a screen, and by what they are called there. */
final class Networks {
    static final String DENSE = "dense";

    private Networks() {}

    /** The network's name in the catalogue: of the button that is checked, the part after "_". */
    static String chosen(RadioGroup choices) {
        View checked = choices.findViewById(choices.getCheckedRadioButtonId());
        String id = choices.getResources().getResourceEntryName(checked.getId());
        return id.substring(id.lastIndexOf('_') + 1);
    }

    /** What people read: a string resource. */
    static int title(String network) {
        switch (network) {
            case DENSE:
                return R.string.dense;
            case "stack":
                return R.string.stack;
            case "fast":
                return R.string.fast;
            case "tvscm":
                return R.string.tvscm;
            default:
                throw new IllegalArgumentException("no title for the network " + network);
        }
    }
}
