/* Rows of bytes on standard input, a model's outputs on standard output: by the C functions that an
 * Android library of TensorFlow Lite offers.
 *
 *     run_tflite LIBRARY MODEL builtin|xnnpack < rows > outputs
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* On arm64, bionic keeps what guards the stack 40 bytes from the thread's pointer; glibc leaves this
 * place to the first thread-local variables. Nobody else may write there. */
__thread volatile char guard[64] __attribute__((aligned(16))) = {1};

/* tensorflow/lite/delegates/xnnpack/xnnpack_delegate.h: its options, of which we know no more than
 * that they are returned, and no larger than this. */
struct options {
    char bytes[256];
};

#define FUNCTION(result, name, ...)                            \
    result (*name)(__VA_ARGS__) = (result (*)(__VA_ARGS__))dlsym(library, #name); \
    if (!name) return fprintf(stderr, "error: no %s\n", #name), 1

int main(int count, char **arguments)
{
    guard[0] = 2;
    if (count != 4) return fprintf(stderr, "error: LIBRARY MODEL builtin|xnnpack\n"), 2;
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) return fprintf(stderr, "error: %s\n", dlerror()), 1;
    FUNCTION(void *, TfLiteModelCreateFromFile, const char *);
    FUNCTION(void *, TfLiteInterpreterOptionsCreate, void);
    FUNCTION(void, TfLiteInterpreterOptionsSetNumThreads, void *, int32_t);
    FUNCTION(void, TfLiteInterpreterOptionsAddDelegate, void *, void *);
    FUNCTION(struct options, TfLiteXNNPackDelegateOptionsDefault, void);
    FUNCTION(void *, TfLiteXNNPackDelegateCreate, const struct options *);
    FUNCTION(void *, TfLiteInterpreterCreate, const void *, const void *);
    FUNCTION(int, TfLiteInterpreterAllocateTensors, void *);
    FUNCTION(void *, TfLiteInterpreterGetInputTensor, const void *, int32_t);
    FUNCTION(const void *, TfLiteInterpreterGetOutputTensor, const void *, int32_t);
    FUNCTION(int, TfLiteInterpreterInvoke, void *);
    FUNCTION(size_t, TfLiteTensorByteSize, const void *);
    FUNCTION(void *, TfLiteTensorData, const void *);

    void *options = TfLiteInterpreterOptionsCreate();
    TfLiteInterpreterOptionsSetNumThreads(options, 1);
    if (!strcmp(arguments[3], "xnnpack")) {
        struct options defaults = TfLiteXNNPackDelegateOptionsDefault();
        TfLiteInterpreterOptionsAddDelegate(options, TfLiteXNNPackDelegateCreate(&defaults));
    }
    void *model = TfLiteModelCreateFromFile(arguments[2]);
    void *interpreter = model ? TfLiteInterpreterCreate(model, options) : NULL;
    if (!interpreter || TfLiteInterpreterAllocateTensors(interpreter))
        return fprintf(stderr, "error: the model does not load\n"), 1;
    void *input = TfLiteInterpreterGetInputTensor(interpreter, 0);
    while (fread(TfLiteTensorData(input), TfLiteTensorByteSize(input), 1, stdin) == 1) {
        if (TfLiteInterpreterInvoke(interpreter)) return fprintf(stderr, "error: invoke\n"), 1;
        const void *output = TfLiteInterpreterGetOutputTensor(interpreter, 0);
        fwrite(TfLiteTensorData(output), TfLiteTensorByteSize(output), 1, stdout);
    }
    return 0;
}
