#if defined(__ARM_FEATURE_DSP)
/* As `rescale_positive`, of an acc that is 4 * 2^left times as large: then the upper half of the
   product, and a shift, are all it takes. */
static inline int32_t rescale_upper(int32_t acc, struct filter filter)
{
    const int32_t half = 1 + (filter.right ? (int32_t)1 << filter.right : 0);
#if defined(__GNUC__)
    int32_t value;
    __asm__("smmla %0, %1, %2, %3" : "=r"(value) : "r"(acc), "r"(filter.multiplier), "r"(half));
#else
    int32_t value = half + (int32_t)((int64_t)acc * filter.multiplier >> 32);
#endif
    return value >> (filter.right + 1);
}

/* Both int16 of a pair, cut off below 0 and above 255. */
static inline uint32_t cut_off(uint32_t pair)
{
#if defined(__GNUC__) /* whose intrinsic warns in GCC 12 */
    __asm__("usat16 %0, #8, %0" : "+r"(pair));
    return pair;
#else
    return (uint32_t)__usat16((int16x2_t)pair, 8);
#endif
}

/* Four outputs of a filter. Word 0 of the sums holds those of outputs 0 and 2, word 1 those of
   1 and 3. */
static inline void quad(const int16x2_t *of_a, const int16x2_t *of_b, struct filter filter,
                        int8_t *y)
{
    const int32_t factor = (int32_t)4 << filter.left;
    const int32_t bias = filter.bias * factor;
    const int32_t of_sum_a = filter.a * factor, of_sum_b = filter.b * factor;
    uint32_t pairs[2];
    for (int k = 0; k < 2; k++) {
        int32_t low = __smlabb(of_b[k], of_sum_b, __smlabb(of_a[k], of_sum_a, bias));
        int32_t high = __smlatb(of_b[k], of_sum_b, __smlatb(of_a[k], of_sum_a, bias));
        low = rescale_upper(low, filter);
        high = rescale_upper(high, filter);
        pairs[k] = cut_off(((uint32_t)low & 0xffff) | (uint32_t)high << 16);
    }
    store4(y, (pairs[0] | pairs[1] << 8) ^ 0x80808080u);
}
#endif
