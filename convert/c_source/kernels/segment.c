/* A filter's values with all that rescales them: output = (a * sum + b * sum + bias) >> shift. A
   shift of 0 says that there are none which give all outputs. */
struct folded {
    int32_t a, b, bias;
    int shift;
};

/* As `one_output`. */
static inline int8_t folded_output(const int8_t *x, const int16_t *offsets, struct filter filter,
                                   struct folded folded)
{
    int32_t value = folded.a * sum_at(x, offsets, filter.count_a) +
                    folded.b * sum_at(x, offsets + filter.count_a, filter.count_b) + folded.bias;
    value >>= folded.shift;
    return (int8_t)((value < 0 ? 0 : value > 255 ? 255 : value) - 128);
}

#if defined(__ARM_FEATURE_DSP)
/* The same for four outputs. The loops are unrolled, as what they run over is known. */
static inline void four_outputs(const int8_t *x, const int16_t *offsets, struct filter filter,
                                int8_t *y)
{
    int16x2_t sums[2][2] = {{0, 0}, {0, 0}};
    for (int k = 0; k < filter.count_a + filter.count_b; k++) {
        uint32_t word = load4(x + offsets[k]);
        int16x2_t *sum = sums[k >= filter.count_a];
        int first = k == 0 || k == filter.count_a;
        sum[0] = first ? EVEN(word) : __sxtab16(sum[0], (int8x4_t)word);
        sum[1] = first ? ODD(word) : __sxtab16(sum[1], (int8x4_t)ROTATED(word));
    }
    quad(sums[0], sums[1], filter, y);
}
#endif

/* Outputs of one filter for whose inputs no index goes round. Inlined, so that compilers can put
   the offsets into the loads. */
INLINE void segment(const int8_t *x, int count, const int16_t *offsets, struct filter filter,
                    struct folded folded, int8_t *y)
{
    int i = 0;
#if defined(__ARM_FEATURE_DSP)
    const int8_t *from = x;
    int8_t *to = y;
    for (int8_t *end = y + count / 4 * 4; to != end; to += 4) {
        four_outputs(from, offsets, filter, to);
        from += 4;
        IN_TURN(from, to);
    }
    /* The last ones once more with some before them, if there are as many. */
    if (count % 4 && count > 4) {
        four_outputs(x + count - 4, offsets, filter, y + count - 4);
    }
    if (count >= 4) return;
#endif
    for (; i < count; i++) {
        y[i] = folded.shift ? folded_output(x + i, offsets, filter, folded)
                            : one_output(x + i, offsets, filter);
    }
}
