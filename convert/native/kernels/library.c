/* What keras_tvscm.native takes of a shared library. A row's working memory is the thread's. */
#define EXPORT __attribute__((visibility("default")))

EXPORT const char tvscm_about[] = ABOUT;

static __thread struct {
    int8_t scratch[SCRATCH_BYTES + 1] __attribute__((aligned(64)));
    GIVEN input[INPUT_SIZE];
    RESULT output[OUTPUT_SIZE];
} own;

/* Rows as the model stores them. */
EXPORT void tvscm_stored(const GIVEN *x, RESULT *y, long rows)
{
    for (; rows > 0; rows--, x += INPUT_SIZE, y += OUTPUT_SIZE) PREDICT(x, y, own.scratch);
}

/* The same for real numbers: stored half to even and cut off at the ends, and read back. */
EXPORT void tvscm_float32(const float *x, float *y, long rows)
{
    const double even = 6755399441055744.0; /* 3 * 2^51: to add it rounds to whole numbers */
    for (; rows > 0; rows--, x += INPUT_SIZE, y += OUTPUT_SIZE) {
        for (int i = 0; i < INPUT_SIZE; i++) {
#if INPUT_IS_FLOAT
            own.input[i] = x[i];
#else
            double steps = (double)x[i] / INPUT_SCALE;
            steps = steps > 512 ? 512 : steps >= -512 ? steps : -512; /* NaN too */
            int stored = (int)((steps + even) - even) + INPUT_ZERO_POINT;
            own.input[i] = (GIVEN)(stored < LOWEST ? LOWEST : stored > HIGHEST ? HIGHEST : stored);
#endif
        }
        PREDICT(own.input, own.output, own.scratch);
        for (int i = 0; i < OUTPUT_SIZE; i++) {
#if OUTPUT_IS_FLOAT
            y[i] = own.output[i];
#else
            y[i] = (float)((own.output[i] - OUTPUT_ZERO_POINT) * OUTPUT_SCALE);
#endif
        }
    }
    (void)even;
}
