/* The relu of a * (sum of x[offset]) + b * (another such sum) + bias. */
static inline int8_t one_output(const int8_t *x, const int16_t *offsets, struct head head,
                                int32_t zero_point, int32_t span)
{
    int32_t sum_a = 0, sum_b = 0;
    for (int k = 0; k < head.count_a; k++) sum_a += x[offsets[k]];
    for (int k = 0; k < head.count_b; k++) sum_b += x[offsets[head.count_a + k]];
    int32_t acc = head.a * sum_a + head.b * sum_b + head.bias;
    int32_t value = rescale_positive(acc, head);
    return (int8_t)((value < 0 ? 0 : value > span ? span : value) + zero_point);
}
