/* Sums of `inner` numbers each, rescaled; a mean is a sum with another multiplier. */
KERNEL void reduce(const int8_t *x, int inner, int32_t zero_of_x, int count, int32_t multiplier,
                   int left, int right, int32_t zero_point, int8_t *y)
{
    for (int i = 0; i < count; i++, x += inner) {
        int32_t sum = total(x, inner) - inner * zero_of_x;
        y[i] = clamp(rescale(sum, multiplier, left, right) + zero_point, -128, 127);
    }
}
