/* A stride of 0 stands for a single number. */
KERNEL void multiply(const int8_t *x, int stride, int32_t zero_of_x, const int8_t *z,
                     int other_stride, int32_t zero_of_z, int count, int32_t multiplier, int left,
                     int right, int32_t zero_point, int32_t low, int32_t high, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        int32_t product = (x[i * stride] - zero_of_x) * (z[i * other_stride] - zero_of_z);
        y[i] = clamp(rescale(product, multiplier, left, right) + zero_point, low, high);
    }
}
