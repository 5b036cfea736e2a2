/* The same numbers with another scale. */
KERNEL void requantize(const int8_t *x, int32_t zero_of_x, int count, int32_t multiplier, int left,
                       int right, int32_t zero_point, int32_t low, int32_t high, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        int32_t value = rescale(x[i] - zero_of_x, multiplier, left, right);
        y[i] = clamp(value + zero_point, low, high);
    }
}
