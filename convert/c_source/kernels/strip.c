#if defined(__ARM_FEATURE_DSP)
/* x[i + offset] summed over the offsets, for STRIP successive i. Word 0 holds the sums of 0 and
   2, word 1 of 1 and 3, word 2 of 4 and 6, and so on. */
static inline void sums_STRIP(const int8_t *x, const int16_t *offsets, int count, int16x2_t *words)
{
    for (int j = 0; j < STRIP / 2; j += 2) {
        uint32_t word = count ? load4(x + offsets[0] + 2 * j) : 0;
        words[j] = EVEN(word);
        words[j + 1] = ODD(word);
    }
    for (int k = 1; k < count; k++) {
        const int8_t *from = x + offsets[k];
        for (int j = 0; j < STRIP / 2; j += 2, from += 4) {
            uint32_t word = load4(from);
            words[j] = __sxtab16(words[j], (int8x4_t)word);
            words[j + 1] = __sxtab16(words[j + 1], (int8x4_t)ROTATED(word));
        }
    }
}

/* As `rescale_positive`, of an acc that is 4 * 2^left times as large: then the upper half of the
   product, and a shift, are all it takes. */
static inline int32_t rescale_upper(int32_t acc, struct head head)
{
    const int32_t half = 1 + (head.right ? (int32_t)1 << head.right : 0);
#if defined(__GNUC__)
    int32_t value;
    __asm__("smmla %0, %1, %2, %3" : "=r"(value) : "r"(acc), "r"(head.multiplier), "r"(half));
#else
    int32_t value = half + (int32_t)((int64_t)acc * head.multiplier >> 32);
#endif
    return value >> (head.right + 1);
}

/* STRIP outputs of a head. */
static inline void strip_STRIP(const int8_t *x, const int16_t *offsets, struct head head,
                               int32_t zero_point, int32_t span, int8_t *y)
{
    const int32_t factor = (int32_t)4 << head.left;
    const int32_t bias = head.bias * factor, of_sum_a = head.a * factor, of_sum_b = head.b * factor;
    int16x2_t of_a[STRIP / 2], of_b[STRIP / 2];
    sums_STRIP(x, offsets, head.count_a, of_a);
    sums_STRIP(x, offsets + head.count_a, head.count_b, of_b);
    for (int j = 0; j < STRIP / 2; j += 2, y += 4) {
        uint32_t word = 0;
        for (int k = 0; k < 4; k++) {
            int16x2_t a = of_a[j + (k & 1)], b = of_b[j + (k & 1)];
            int32_t acc = k < 2 ? __smlabb(b, of_sum_b, __smlabb(a, of_sum_a, bias))
                                : __smlatb(b, of_sum_b, __smlatb(a, of_sum_a, bias));
            int32_t value = rescale_upper(acc, head);
            value = span == 255 ? (int32_t)__usat(value, 8)
                                : value < 0 ? 0 : value > span ? span : value;
            word |= (uint32_t)(value + zero_point + 128) << (8 * k);
        }
        store4(y, word ^ 0x80808080u);
    }
}
#endif
