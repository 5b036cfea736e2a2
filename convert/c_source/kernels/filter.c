/* A row of a matrix with two values: a times some inputs, b times others. */
struct filter {
    int32_t bias, multiplier;
    int16_t a, b;
    uint16_t count_a, count_b;
    uint8_t left, right;
};

/* acc * multiplier * 2^(left - right - 31), rounded as TFLite does, for outputs that a ReLU cuts
   at zero. The product is made a byte of the multiplier at a time, as cores without a long
   multiplication do it best. Where acc is larger than that allows, its output is the largest. */
static inline int32_t rescale_positive(int32_t acc, struct filter filter)
{
    const int32_t multiplier = filter.multiplier, most = 0x7fffff >> filter.left;
    int32_t value = (acc < 0 ? 0 : acc > most ? most : acc) * ((int32_t)1 << filter.left);
    int32_t product = value * (multiplier & 255) >> 8;
    product = (product + value * (multiplier >> 8 & 255)) >> 8;
    product = (product + value * (multiplier >> 16 & 255)) >> 8;
    product += value * (multiplier >> 24);
    product += (1 << 6) + (filter.right ? (int32_t)1 << (6 + filter.right) : 0);
    return product >> (7 + filter.right);
}

static inline int32_t sum_at(const int8_t *x, const int16_t *offsets, int count)
{
    int32_t sum = 0;
    for (const int16_t *end = offsets + count; offsets != end; offsets++) sum += x[*offsets];
    return sum;
}

/* The relu of a * (sum of x[offset]) + b * (another such sum) + bias. */
HELPER int8_t one_output(const int8_t *x, const int16_t *offsets, struct filter filter)
{
    int32_t sum_a = sum_at(x, offsets, filter.count_a);
    int32_t sum_b = sum_at(x, offsets + filter.count_a, filter.count_b);
    int32_t acc = filter.a * sum_a + filter.b * sum_b + filter.bias;
    int32_t value = rescale_positive(acc, filter);
    return (int8_t)((value > 255 ? 255 : value) - 128);
}
