/* What Android's C library, bionic, does otherwise than glibc, for a library that was linked against
 * bionic and is to run on Linux. All else of what it imports jumps to glibc's function of that name
 * (bionic.py makes these jumps). For 64-bit processors.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Defines the function `name` of bionic, exported as Android's libraries ask for it. */
#define BIONIC(result, name, ...)                              \
    __asm__(".symver bionic_" #name "," #name "@LIBC");        \
    result bionic_##name(__VA_ARGS__);                         \
    result bionic_##name(__VA_ARGS__)

/* Made by bionic.py: names, and where each jumps to. */
extern const char *const jump_names[];
extern void *jump_targets[];

__attribute__((constructor)) static void find_targets(void)
{
    void *math = dlopen("libm.so.6", RTLD_NOW);
    for (int i = 0; jump_names[i]; i++) {
        void *target = dlsym(RTLD_DEFAULT, jump_names[i]);
        if (!target && math) target = dlsym(math, jump_names[i]);
        if (!target) {
            fprintf(stderr, "bionic.c: glibc has no %s\n", jump_names[i]);
            abort();
        }
        jump_targets[i] = target;
    }
}

/* bionic's standard streams are an array of its own FILE: stdin, stdout, stderr. */
__asm__(".symver bionic___sF,__sF@LIBC");
char bionic___sF[3][152];

static FILE *stream(void *file)
{
    if (file == bionic___sF[0]) return stdin;
    if (file == bionic___sF[1]) return stdout;
    if (file == bionic___sF[2]) return stderr;
    return file;
}

BIONIC(int, fprintf, void *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vfprintf(stream(file), format, arguments);
    va_end(arguments);
    return written;
}

BIONIC(int, vfprintf, void *file, const char *format, va_list arguments)
{
    return vfprintf(stream(file), format, arguments);
}

BIONIC(int, fputc, int character, void *file) { return fputc(character, stream(file)); }
BIONIC(int, fflush, void *file) { return fflush(file ? stream(file) : NULL); }
BIONIC(int, fclose, void *file) { return fclose(stream(file)); }
BIONIC(int, fileno, void *file) { return fileno(stream(file)); }

BIONIC(size_t, fwrite, const void *from, size_t size, size_t count, void *file)
{
    return fwrite(from, size, count, stream(file));
}

BIONIC(size_t, fread, void *to, size_t size, size_t count, void *file)
{
    return fread(to, size, count, stream(file));
}

BIONIC(int *, __errno, void) { return &errno; }

BIONIC(int, strerror_r, int number, char *text, size_t size)
{
    extern int __xpg_strerror_r(int, char *, size_t); /* POSIX's; glibc's own returns the text */
    return __xpg_strerror_r(number, text, size);
}

BIONIC(size_t, __strlen_chk, const char *text, size_t size)
{
    size_t length = strlen(text);
    if (length >= size) abort();
    return length;
}

/* TensorFlow Lite uses XNNPACK from Java only where the system says that it is new enough. */
BIONIC(int, __system_property_get, const char *name, char *value)
{
    strcpy(value, strcmp(name, "ro.build.version.sdk") ? "" : "34");
    return (int)strlen(value);
}

/* bionic/libc/include/bits/sysconf.h */
BIONIC(long, sysconf, int name)
{
    switch (name) {
    case 0x06: return sysconf(_SC_CLK_TCK);
    case 0x27:
    case 0x28: return sysconf(_SC_PAGESIZE);
    case 0x60: return sysconf(_SC_NPROCESSORS_CONF);
    case 0x61: return sysconf(_SC_NPROCESSORS_ONLN);
    case 0x62: return sysconf(_SC_PHYS_PAGES);
    default:
        fprintf(stderr, "bionic.c: sysconf(0x%x) is not known here\n", name);
        errno = EINVAL;
        return -1;
    }
}

BIONIC(void, android_set_abort_message, const char *message) { fprintf(stderr, "%s\n", message); }

BIONIC(int, __android_log_vprint, int priority, const char *tag, const char *format, va_list rest)
{
    fprintf(stderr, "%c/%s: ", "??VDIWEF"[priority & 7], tag);
    int written = vfprintf(stderr, format, rest);
    fputc('\n', stderr);
    return written;
}

/* On arm64 a mutex has 40 bytes; glibc's has 48 there, and its function would write beyond them. */
BIONIC(int, pthread_mutex_init, void *mutex, const void *attributes)
{
#ifdef __aarch64__
    (void)attributes;
    memset(mutex, 0, 40);
    return 0;
#else
    return pthread_mutex_init(mutex, attributes);
#endif
}
