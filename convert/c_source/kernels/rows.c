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
#endif

/* ROWS outputs. Four weights of a row are a word, the first in its lowest byte; the words of the
   rows lie interleaved. Returns the weights that follow. */
static const uint32_t *rows_ROWS(const int8_t *x, int inputs, const uint32_t *weights,
                                 const struct channel *channels, int32_t zero_point, int32_t low,
                                 int32_t high, int8_t *y)
{
    int32_t sums[ROWS];
    for (int row = 0; row < ROWS; row++) sums[row] = channels[row].bias;
#if defined(__ARM_FEATURE_DSP)
#if defined(__clang__)
#pragma clang loop unroll(disable) /* for which it has too few registers */
#endif
    for (const int8_t *end = x + inputs / 4 * 4; x != end; x += 4) {
        weights = products_ROWS(load4(x), weights, sums);
    }
    if (inputs % 4) weights = products_ROWS(load_some(x, inputs % 4), weights, sums);
#else
    for (const int8_t *end = x + inputs; x < end; x += 4) {
        int32_t x0 = x[0], x1 = 0, x2 = 0, x3 = 0;
        if (end - x > 1) x1 = x[1];
        if (end - x > 2) x2 = x[2];
        if (end - x > 3) x3 = x[3];
        for (int row = 0; row < ROWS; row++) {
            uint32_t word = *weights++;
            sums[row] += x0 * (int8_t)word + x1 * (int8_t)(word >> 8) +
                         x2 * (int8_t)(word >> 16) + x3 * (int8_t)(word >> 24);
        }
    }
#endif
    for (int row = 0; row < ROWS; row++) {
        const struct channel *c = &channels[row];
        int32_t value = rescale(sums[row], c->multiplier, c->left, c->right);
        y[row] = clamp(value + zero_point, low, high);
    }
    return weights;
}
