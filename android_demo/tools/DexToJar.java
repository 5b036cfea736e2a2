import com.googlecode.d2j.dex.Dex2jar;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Turns the code of an APK back into classes that a JVM verifies and runs.
 *
 * <p>dex2jar translates it, but leaves out what dex does not hold and Java 8 asks for: stack map
 * frames, and whether a called method is an interface's. Both follow from the classes themselves and
 * from those of the platform.
 *
 * <p>Arguments: the dex file or APK, the JAR to write, and JARs with the platform's classes.
 */
final class DexToJar {
    private final ClassLoader classes;
    private final Map<String, Type> types = new HashMap<>();

    /** The name of the superclass, null of Object, and whether it is an interface. */
    private static final class Type {
        final String superName;
        final boolean isInterface;

        Type(String superName, boolean isInterface) {
            this.superName = superName;
            this.isInterface = isInterface;
        }
    }

    private DexToJar(ClassLoader classes) {
        this.classes = classes;
    }

    public static void main(String[] arguments) throws Exception {
        Path dex = Path.of(arguments[0]);
        Path jar = Path.of(arguments[1]);
        Path translated = Files.createTempFile("translated", ".jar");
        try {
            Files.delete(translated); // dex2jar wants to make it
            Dex2jar.from(dex.toFile()).skipDebug(false).to(translated);
            List<URL> path = new ArrayList<>(List.of(translated.toUri().toURL()));
            for (int i = 2; i < arguments.length; i++) {
                path.add(Path.of(arguments[i]).toUri().toURL());
            }
            ClassLoader platform = ClassLoader.getPlatformClassLoader();
            try (URLClassLoader classes = new URLClassLoader(path.toArray(new URL[0]), platform)) {
                new DexToJar(classes).complete(translated, jar);
            }
        } finally {
            Files.deleteIfExists(translated);
        }
    }

    private void complete(Path translated, Path jar) throws IOException {
        try (JarFile from = new JarFile(translated.toFile());
                JarOutputStream to = new JarOutputStream(Files.newOutputStream(jar))) {
            for (JarEntry entry : Collections.list(from.entries())) {
                if (!entry.getName().endsWith(".class")) continue;
                to.putNextEntry(new JarEntry(entry.getName()));
                to.write(complete(new ClassReader(from.getInputStream(entry))));
            }
        }
    }

    private byte[] complete(ClassReader reader) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
            @Override
            protected String getCommonSuperClass(String one, String other) {
                return commonSuperclass(one, other);
            }
        };
        reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {
            @Override
            public void visit(int version, int access, String name, String signature,
                    String superName, String[] interfaces) {
                super.visit(Opcodes.V1_8, access, name, signature, superName, interfaces);
            }

            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor,
                    String signature, String[] exceptions) {
                MethodVisitor next =
                        super.visitMethod(access, name, descriptor, signature, exceptions);
                return new MethodVisitor(Opcodes.ASM9, next) {
                    @Override
                    public void visitMethodInsn(int opcode, String owner, String method,
                            String descriptor, boolean isInterface) {
                        // Of virtual and interface calls dex does know which they are.
                        if (opcode == Opcodes.INVOKESTATIC || opcode == Opcodes.INVOKESPECIAL) {
                            isInterface = !owner.startsWith("[") && type(owner).isInterface;
                        }
                        super.visitMethodInsn(opcode, owner, method, descriptor, isInterface);
                    }
                };
            }
        }, ClassReader.SKIP_FRAMES);
        return writer.toByteArray();
    }

    private String commonSuperclass(String one, String other) {
        if (type(one).isInterface || type(other).isInterface) return "java/lang/Object";
        Set<String> above = new HashSet<>();
        for (String name = one; name != null; name = type(name).superName) above.add(name);
        for (String name = other; name != null; name = type(name).superName) {
            if (above.contains(name)) return name;
        }
        return "java/lang/Object";
    }

    private Type type(String name) {
        Type known = types.get(name);
        if (known == null) {
            known = read(name);
            types.put(name, known);
        }
        return known;
    }

    private Type read(String name) {
        try (InputStream content = classes.getResourceAsStream(name + ".class")) {
            if (content == null) return new Type("java/lang/Object", false);
            ClassReader reader = new ClassReader(content);
            boolean isInterface = (reader.getAccess() & Opcodes.ACC_INTERFACE) != 0;
            return new Type(reader.getSuperName(), isInterface);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
