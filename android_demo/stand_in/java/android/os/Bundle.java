package android.os;

import java.util.LinkedHashMap;
import java.util.Map;

/** As the platform's, with the texts that an instrumentation reports. */
public final class Bundle {
    private final Map<String, String> values = new LinkedHashMap<>();

    public void putString(String key, String value) {
        values.put(key, value);
    }

    /** As {@code am} does, under a heading. */
    public void write(String heading) {
        values.forEach((key, value) -> System.out.println(heading + ": " + key + "=" + value));
    }
}
