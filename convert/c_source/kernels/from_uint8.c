/* The same numbers with another type and scale. */
KERNEL void from_uint8(const uint8_t *x, int32_t zero_of_x, int count, int32_t multiplier,
                       int left, int right, int32_t zero_point, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        int32_t value = rescale(x[i] - zero_of_x, multiplier, left, right);
        y[i] = clamp(value + zero_point, -128, 127);
    }
}
