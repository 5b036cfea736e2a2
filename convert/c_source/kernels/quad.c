#if defined(__ARM_FEATURE_DSP)
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

/* Four outputs of a head. Word 0 of the sums holds those of outputs 0 and 2, word 1 of 1 and 3. */
static inline void quad(const int16x2_t *of_a, const int16x2_t *of_b, struct head head, int8_t *y)
{
    const int32_t factor = (int32_t)4 << head.left;
    const int32_t bias = head.bias * factor, of_sum_a = head.a * factor, of_sum_b = head.b * factor;
    uint32_t pairs[2];
    for (int k = 0; k < 2; k++) {
        int32_t low = __smlabb(of_b[k], of_sum_b, __smlabb(of_a[k], of_sum_a, bias));
        int32_t high = __smlatb(of_b[k], of_sum_b, __smlatb(of_a[k], of_sum_a, bias));
        low = rescale_upper(low, head);
        high = rescale_upper(high, head);
        uint32_t pair = ((uint32_t)low & 0xffff) | (uint32_t)high << 16;
        pairs[k] = (uint32_t)__usat16((int16x2_t)pair, 8);
    }
    store4(y, (pairs[0] | pairs[1] << 8) ^ 0x80808080u);
}
#endif
