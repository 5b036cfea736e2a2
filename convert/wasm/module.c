/* What JavaScript takes of the module: a row is written to `input`, and read from `output`. */
GIVEN input[INPUT_SIZE];
RESULT output[OUTPUT_SIZE];
static int8_t scratch[SCRATCH_BYTES + 1] __attribute__((aligned(64)));

__attribute__((export_name("predict"))) void predict(void) { PREDICT(input, output, scratch); }
