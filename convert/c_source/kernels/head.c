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
    const int32_t half = 1 + (right ? (int32_t)1 << right : 0);
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t value;
    __asm__("smmla %0, %1, %2, %3" : "=r"(value) : "r"(acc), "r"(multiplier), "r"(half));
#else
    int32_t value = half + (int32_t)((int64_t)acc * multiplier >> 32);
#endif
    return value >> (right + 1);
}

/* The relu of a * (sum of x[offset]) + b * (another such sum) + bias. */
static inline int8_t one_output(const int8_t *x, const int16_t *offsets, struct head head,
                                int32_t zero_point, int32_t span)
{
    int32_t sum_a = 0, sum_b = 0;
    for (int k = 0; k < head.count_a; k++) sum_a += x[offsets[k]];
    for (int k = 0; k < head.count_b; k++) sum_b += x[offsets[head.count_a + k]];
    int32_t acc = head.a * sum_a + head.b * sum_b + head.bias;
    int32_t value = rescale_positive(acc, head.multiplier, head.right);
    return (int8_t)((value < 0 ? 0 : value > span ? span : value) + zero_point);
}
