import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.codehaus.mojo.animal_sniffer.SignatureChecker;
import org.codehaus.mojo.animal_sniffer.logging.PrintWriterLogger;

/**
 * Says which methods and classes of the app an Android version does not have.
 *
 * <p>A method or class that sees to the version before it calls what is newer has the annotation
 * {@code android.annotation.TargetApi}, which Android's own lint heeds, too.
 *
 * <p>Arguments: the version's signatures, and the app's classes.
 */
final class ApiLevel {
    public static void main(String[] arguments) throws Exception {
        // The app's own, and TensorFlow Lite's, are in the APK.
        Set<String> ours = Set.of("org.tensorflow.*", "org.tvscm.demo.*");
        try (InputStream signatures = new FileInputStream(arguments[0])) {
            PrintWriterLogger log = new PrintWriterLogger(System.out);
            SignatureChecker checker = new SignatureChecker(signatures, ours, log);
            checker.setAnnotationTypes(List.of("android.annotation.TargetApi"));
            checker.setSourcePath(new ArrayList<>());
            checker.process(new File(arguments[1]));
            System.exit(checker.isSignatureBroken() ? 1 : 0);
        }
    }
}
