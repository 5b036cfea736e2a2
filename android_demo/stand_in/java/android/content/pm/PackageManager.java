package android.content.pm;

/** As the platform's, with what the benchmark asks of it. */
public abstract class PackageManager {
    public static class NameNotFoundException extends Exception {}

    public abstract PackageInfo getPackageInfo(String name, int flags) throws NameNotFoundException;
}
