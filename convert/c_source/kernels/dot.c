/* What an accumulator starts from, the input's zero point included, and how it is rescaled. */
struct channel {
    int32_t bias, multiplier;
    uint8_t left, right;
};

#if defined(__ARM_FEATURE_DSP)
static inline const int8_t *dot_four(uint32_t word, const int8_t *weights, int rows, int32_t *sums)
{
    int16x2_t even = EVEN(word), odd = ODD(word);
    for (int row = 0; row < rows; row++, weights += 4) {
        uint32_t other = load4(weights);
        sums[row] = __smlad(even, EVEN(other), sums[row]);
        sums[row] = __smlad(odd, ODD(other), sums[row]);
    }
    return weights;
}
#endif

/* Adds the products of x with `rows` rows of weights, which lie interleaved: four numbers of
   the first, four of the second, and so on; the last four filled up with zeros. */
static inline const int8_t *dot(const int8_t *x, int count, const int8_t *weights, int rows,
                                int32_t *sums)
{
#if defined(__ARM_FEATURE_DSP)
    for (; count >= 4; count -= 4, x += 4) weights = dot_four(load4(x), weights, rows, sums);
    if (count > 0) {
        uint32_t word = 0;
        while (count > 0) word = word << 8 | (uint8_t)x[--count];
        weights = dot_four(word, weights, rows, sums);
    }
#else
    for (; count > 0; count -= 4, x += 4) {
        int some = count < 4 ? count : 4;
        for (int row = 0; row < rows; row++, weights += 4) {
            for (int i = 0; i < some; i++) sums[row] += x[i] * weights[i];
        }
    }
#endif
    return weights;
}
