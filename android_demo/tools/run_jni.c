/* Rows of bytes on standard input, a model's outputs on standard output: by the app's own library,
 * called as Java calls it.
 *
 *     run_jni LIBRARY MODEL < rows > outputs
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Java's direct buffers, as far as the library looks at them. */
struct buffer {
    void *address;
    int64_t capacity;
};

static void *address(void *environment, struct buffer *buffer)
{
    (void)environment;
    return buffer->address;
}

static int64_t capacity(void *environment, struct buffer *buffer)
{
    (void)environment;
    return buffer->capacity;
}

#define CLASS "Java_org_tvscm_demo_inference_NativeRunner_"
#define FUNCTION(result, name, ...)                                               \
    result (*name)(void *, void *, __VA_ARGS__) =                                 \
        (result (*)(void *, void *, __VA_ARGS__))dlsym(library, CLASS #name);     \
    if (!name) return fprintf(stderr, "error: no %s\n", CLASS #name), 1

int main(int count, char **arguments)
{
    static char input[1 << 16], output[1 << 16];
    static int32_t scratch[1 << 18];
    if (count != 3) return fprintf(stderr, "error: LIBRARY MODEL\n"), 2;
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) return fprintf(stderr, "error: %s\n", dlerror()), 1;
    FUNCTION(int32_t, find, struct buffer *);
    FUNCTION(int32_t, inputBytes, int32_t);
    FUNCTION(int32_t, outputBytes, int32_t);
    FUNCTION(int32_t, scratchBytes, int32_t);
    FUNCTION(void, predict, int32_t, int64_t, int64_t, int64_t);

    /* The table of JNI's functions: 230 and 231 are GetDirectBufferAddress and -Capacity. */
    const void *table[240] = {[230] = (const void *)address, [231] = (const void *)capacity};
    const void *environment = table;
    struct buffer name = {arguments[2], (int64_t)strlen(arguments[2])};
    int32_t model = find(&environment, NULL, &name);
    if (model < 0) return fprintf(stderr, "error: no model %s\n", arguments[2]), 1;
    size_t given = (size_t)inputBytes(&environment, NULL, model);
    size_t result = (size_t)outputBytes(&environment, NULL, model);
    if (given > sizeof input || result > sizeof output ||
        (size_t)scratchBytes(&environment, NULL, model) > sizeof scratch)
        return fprintf(stderr, "error: the model is larger than was provided for\n"), 1;
    while (fread(input, given, 1, stdin) == 1) {
        predict(&environment, NULL, model, (int64_t)(intptr_t)input, (int64_t)(intptr_t)output,
                (int64_t)(intptr_t)scratch);
        fwrite(output, result, 1, stdout);
    }
    return 0;
}
