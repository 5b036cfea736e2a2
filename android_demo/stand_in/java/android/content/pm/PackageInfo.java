package android.content.pm;

/** As the platform's, with what the benchmark asks of it. */
public class PackageInfo {
    public String versionName;
}
