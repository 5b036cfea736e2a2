import java.util.ArrayList;
import java.util.List;
import org.junit.internal.TextListener;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;

/**
 * Runs the JUnit tests of some classes. The last line says how many passed, failed and were left out.
 *
 * <p>Arguments: names of the classes.
 */
final class TestRun {
    public static void main(String[] arguments) throws Exception {
        List<Class<?>> classes = new ArrayList<>();
        for (String name : arguments) classes.add(Class.forName(name));
        JUnitCore core = new JUnitCore();
        core.addListener(new TextListener(System.out));
        Result result = core.run(classes.toArray(new Class<?>[0]));
        long unmet = result.getAssumptionFailureCount();
        long passed = result.getRunCount() - result.getFailureCount() - unmet;
        long leftOut = result.getIgnoreCount() + unmet;
        System.out.printf(
                "%d passed, %d failed, %d left out%n", passed, result.getFailureCount(), leftOut);
        System.exit(result.wasSuccessful() ? 0 : 1); // Robolectric leaves threads behind
    }
}
