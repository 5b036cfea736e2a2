package android.app;

import android.content.Context;
import android.os.Bundle;
import java.lang.reflect.InvocationTargetException;
import org.tvscm.standin.Phone;

/** As the platform's: what it says is what {@code am instrument -r} writes. */
public class Instrumentation {
    public void onCreate(Bundle arguments) {}

    public void onStart() {}

    public void start() {
        onStart();
    }

    public void sendStatus(int code, Bundle status) {
        status.write("INSTRUMENTATION_STATUS");
        System.out.println("INSTRUMENTATION_STATUS_CODE: " + code);
    }

    public void finish(int code, Bundle result) {
        result.write("INSTRUMENTATION_RESULT");
        System.out.println("INSTRUMENTATION_CODE: " + code);
    }

    public Context getTargetContext() {
        return new Phone();
    }

    /** Runs the class of the given name, as {@code am instrument} does. */
    public static void main(String[] names) throws ReflectiveOperationException {
        try {
            Class<?> named = Class.forName(names[0]);
            ((Instrumentation) named.getConstructor().newInstance()).onCreate(null);
        } catch (InvocationTargetException error) {
            System.out.println("INSTRUMENTATION_RESULT: shortMsg=" + error.getCause());
        }
    }
}
