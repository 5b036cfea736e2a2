static inline int32_t sum_at(const int8_t *x, const int16_t *offsets, int count)
{
    int32_t sum = 0;
    for (const int16_t *end = offsets + count; offsets != end; offsets++) sum += x[*offsets];
    return sum;
}

/* The relu of a * (sum of x[offset]) + b * (another such sum) + bias. */
static inline int8_t one_output(const int8_t *x, const int16_t *offsets, struct head head)
{
    int32_t sum_a = sum_at(x, offsets, head.count_a);
    int32_t sum_b = sum_at(x, offsets + head.count_a, head.count_b);
    int32_t acc = head.a * sum_a + head.b * sum_b + head.bias;
    int32_t value = rescale_positive(acc, head);
    return (int8_t)((value > 255 ? 255 : value) - 128);
}
