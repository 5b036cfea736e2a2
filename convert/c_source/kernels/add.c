struct term {
    int32_t zero_point, multiplier;
    int right;
};

/* The sum of two numbers of different scales, each shifted 20 bits to the left meanwhile. A
   stride of 0 stands for a single number. */
KERNEL void add(const int8_t *x, int stride, struct term of_x, const int8_t *z, int other_stride,
                struct term of_z, int32_t sign, int count, int32_t multiplier, int left, int right,
                int32_t zero_point, int32_t low, int32_t high, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        int32_t one = (x[i * stride] - of_x.zero_point) * (1 << 20);
        int32_t other = (z[i * other_stride] - of_z.zero_point) * (1 << 20);
        int32_t sum = rescale(one, of_x.multiplier, 0, of_x.right) +
                      sign * rescale(other, of_z.multiplier, 0, of_z.right);
        y[i] = clamp(rescale(sum, multiplier, left, right) + zero_point, low, high);
    }
}
