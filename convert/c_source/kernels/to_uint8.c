/* The same numbers with another type and scale. */
KERNEL void to_uint8(const int8_t *x, int32_t zero_of_x, int count, int32_t multiplier, int left,
                     int right, int32_t zero_point, uint8_t *y)
{
    for (int i = 0; i < count; i++) {
        int32_t value = rescale(x[i] - zero_of_x, multiplier, left, right) + zero_point;
        y[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}
