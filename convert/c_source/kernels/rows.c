#if defined(__ARM_FEATURE_DSP)
static inline const int8_t *products_ROWS(uint32_t word, const int8_t *weights, int32_t *sums)
{
    int16x2_t even = EVEN(word), odd = ODD(word);
    for (int row = 0; row < ROWS; row++, weights += 4) {
        uint32_t other = load4(weights);
        sums[row] = __smlad(even, EVEN(other), sums[row]);
        sums[row] = __smlad(odd, ODD(other), sums[row]);
        IN_TURN(weights, sums[row]);
    }
    return weights;
}
#endif

/* ROWS outputs. Their weights lie interleaved: four of the first row, four of the second, and
   so on; the last four filled up with zeros. Returns the weights that follow. */
static const int8_t *rows_ROWS(const int8_t *x, int inputs, const int8_t *weights,
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
    for (int i = 0; i < inputs; i += 4) {
        int some = inputs - i < 4 ? inputs - i : 4;
        for (int row = 0; row < ROWS; row++, weights += 4) {
            for (int j = 0; j < some; j++) sums[row] += x[i + j] * weights[j];
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
