/* A block of ROWS rows. Four weights of a row are a word, the first in its lowest byte; the words
   of the rows lie interleaved. Returns the weights that follow. */
#if defined(__ARM_FEATURE_DSP)
static inline const uint32_t *products_ROWS(uint32_t word, const uint32_t *weights, int32_t *sums)
{
    int16x2_t even = EVEN(word), odd = ODD(word);
    for (int row = 0; row < ROWS; row++, weights++) {
        uint32_t other = *weights;
        sums[row] = __smlad(even, EVEN(other), sums[row]);
        sums[row] = __smlad(odd, ODD(other), sums[row]);
        IN_TURN(weights, sums[row]);
    }
    return weights;
}

static const uint32_t *rows_ROWS(const int8_t *x, int inputs, const uint32_t *weights,
                                 const struct channel *channels, int32_t zero_point, int32_t low,
                                 int32_t high, int8_t *y)
{
    int32_t sums[ROWS];
    for (int row = 0; row < ROWS; row++) sums[row] = channels[row].bias;
    NO_UNROLL
    for (const int8_t *end = x + inputs / 4 * 4; x != end; x += 4) {
        weights = products_ROWS(load4(x), weights, sums);
    }
    if (inputs % 4) weights = products_ROWS(load_some(x, inputs % 4), weights, sums);
    for (int row = 0; row < ROWS; row++) {
        y[row] = finish(sums[row], &channels[row], zero_point, low, high);
    }
    return weights;
}
#else
static inline void products_ROWS(const int32_t *x, const uint32_t *weights, volatile int32_t *sums)
{
    for (int row = 0; row < ROWS; row++) {
        uint32_t word = weights[row];
        int32_t sum = x[0] * (int8_t)word;
        IN_TURN(word, sum);
        sum += x[1] * (int8_t)(word >> 8);
        IN_TURN(word, sum);
        sum += x[2] * (int8_t)(word >> 16);
        IN_TURN(word, sum);
        sum += x[3] * (int8_t)(word >> 24);
        IN_TURN(weights, sum);
        sums[row] += sum;
    }
}

/* The same for one or two blocks of rows at once. Four inputs take the registers of a small core,
   so the sums stay in memory, where there is room for more. */
INLINE const uint32_t *blocks_ROWS(int blocks, const int8_t *x, int inputs,
                                   const uint32_t *weights, const struct channel *channels,
                                   int32_t zero_point, int32_t low, int32_t high, int8_t *y)
{
    volatile int32_t sums[2 * ROWS];
    const int next = (inputs + 3) / 4 * ROWS;
    for (int row = 0; row < blocks * ROWS; row++) sums[row] = channels[row].bias;
    for (const int8_t *end = x + inputs; x < end; x += 4, weights += ROWS) {
        int32_t four[4] = {x[0], 0, 0, 0};
        if (end - x > 3) {
            four[1] = x[1];
            four[2] = x[2];
            four[3] = x[3];
        } else {
            for (int i = 1; i < end - x; i++) four[i] = x[i];
        }
        IN_TURN(four[0], four[1]);
        IN_TURN(four[2], four[3]);
        products_ROWS(four, weights, sums);
        if (blocks == 2) products_ROWS(four, weights + next, sums + ROWS);
    }
    for (int row = 0; row < blocks * ROWS; row++) {
        y[row] = finish(sums[row], &channels[row], zero_point, low, high);
    }
    return weights + (blocks - 1) * next;
}
#endif
