/* A head's values with all that rescales them: output = (a * sum + b * sum + bias) >> shift. A
   shift of 0 says that there are none which give all outputs. */
struct folded {
    int32_t a, b, bias;
    int shift;
};

/* As `one_output`. */
static inline int8_t folded_output(const int8_t *x, const int16_t *offsets, struct head head,
                                   struct folded folded, int32_t zero_point, int32_t span)
{
    int32_t value = folded.a * sum_at(x, offsets, head.count_a) +
                    folded.b * sum_at(x, offsets + head.count_a, head.count_b) + folded.bias;
    value >>= folded.shift;
    return (int8_t)((value < 0 ? 0 : value > span ? span : value) + zero_point);
}

/* Outputs of one head for whose inputs no index goes round. Inlined, so that compilers can put
   the offsets into the loads. */
INLINE void segment(const int8_t *x, int count, const int16_t *offsets, struct head head,
                    struct folded folded, int32_t zero_point, int32_t span, int8_t *y)
{
    int i = 0;
#if defined(__ARM_FEATURE_DSP)
    const int8_t *from = x;
    int8_t *to = y;
    for (int8_t *end = y + count / 4 * 4; to != end; to += 4) {
        strip_4(from, offsets, head, zero_point, span, to);
        from += 4;
        IN_TURN(from, to);
    }
    /* The last ones once more with some before them, if there are as many. */
    if (count % 4 && count > 4) {
        strip_4(x + count - 4, offsets, head, zero_point, span, y + count - 4);
    }
    if (count >= 4) return;
#endif
    for (; i < count; i++) {
        y[i] = folded.shift ? folded_output(x + i, offsets, head, folded, zero_point, span)
                            : one_output(x + i, offsets, head, zero_point, span);
    }
}
