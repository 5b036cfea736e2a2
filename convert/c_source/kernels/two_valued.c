/* A row of a matrix with two values: a times some inputs, b times others. The values and the
   bias are 4 * 2^left times TFLite's, so that the upper half of a product is all it takes. */
struct head {
    int32_t bias, multiplier;
    int16_t a, b;
    uint16_t count_a, count_b;
    uint8_t right;
};

/* acc as above, rescaled and rounded as TFLite does, for outputs that a ReLU cuts at zero. */
static inline int32_t rescale_positive(int32_t acc, int32_t multiplier, int right)
{
    int32_t upper = (int32_t)((int64_t)acc * multiplier >> 32);
    return (upper + 1 + (right ? (int32_t)1 << right : 0)) >> (right + 1);
}

#if defined(__ARM_FEATURE_DSP)
/* x[i + offset] summed over the offsets, for eight i at once. Word 0 holds the sums of 0 and 2,
   word 1 of 1 and 3, word 2 of 4 and 6, word 3 of 5 and 7. */
static inline void sums(const int8_t *x, const uint16_t *offsets, int count, int16x2_t *words)
{
    for (int j = 0; j < 4; j++) words[j] = 0;
    for (int k = 0; k < count; k++) {
        uint32_t first = load4(x + offsets[k]), second = load4(x + offsets[k] + 4);
        words[0] = __sxtab16(words[0], (int8x4_t)first);
        words[1] = __sxtab16(words[1], (int8x4_t)__ror(first, 8));
        words[2] = __sxtab16(words[2], (int8x4_t)second);
        words[3] = __sxtab16(words[3], (int8x4_t)__ror(second, 8));
    }
}
#endif

/* y[i] = relu(a * (sum of x[i + offset]) + b * (another such sum) + bias) for each head, whose
   outputs are `plane` apart. Where the core adds pairs, eight at a time: x can be read and y
   be written up to the next multiple of eight. */
static inline void two_valued(const int8_t *x, int count, const struct head *heads, int many,
                              const uint16_t *offsets, int32_t extra, int32_t zero_point,
                              int32_t span, int plane, int8_t *y)
{
    for (int h = 0; h < many; h++, y += plane) {
        const int count_a = heads[h].count_a, count_b = heads[h].count_b;
        const int right = heads[h].right;
        const int32_t a = heads[h].a, b = heads[h].b, multiplier = heads[h].multiplier;
        const int32_t bias = heads[h].bias + extra;
#if defined(__ARM_FEATURE_DSP)
        for (int i = 0; i < count; i += 8) {
            int16x2_t of_a[4], of_b[4];
            sums(x + i, offsets, count_a, of_a);
            sums(x + i, offsets + count_a, count_b, of_b);
            for (int j = 0; j < 4; j += 2) {
                uint32_t word = 0;
                for (int k = 0; k < 4; k++) {
                    int16x2_t pair_a = of_a[j + (k & 1)], pair_b = of_b[j + (k & 1)];
                    int32_t acc = k < 2 ? __smlabb(pair_b, b, __smlabb(pair_a, a, bias))
                                        : __smlatb(pair_b, b, __smlatb(pair_a, a, bias));
                    int32_t value = rescale_positive(acc, multiplier, right);
                    value = span == 255 ? (int32_t)__usat(value, 8)
                                        : value < 0 ? 0 : value > span ? span : value;
                    word |= (uint32_t)(value + zero_point + 128) << (8 * k);
                }
                word ^= 0x80808080u;
                int8_t *to = y + i + 2 * j;
                to[0] = (int8_t)word;
                to[1] = (int8_t)(word >> 8);
                to[2] = (int8_t)(word >> 16);
                to[3] = (int8_t)(word >> 24);
            }
        }
#else
        for (int i = 0; i < count; i++) {
            int32_t sum_a = 0, sum_b = 0;
            for (int k = 0; k < count_a; k++) sum_a += x[i + offsets[k]];
            for (int k = 0; k < count_b; k++) sum_b += x[i + offsets[count_a + k]];
            int32_t value = rescale_positive(a * sum_a + b * sum_b + bias, multiplier, right);
            y[i] = (int8_t)((value < 0 ? 0 : value > span ? span : value) + zero_point);
        }
#endif
        offsets += count_a + count_b;
    }
}
