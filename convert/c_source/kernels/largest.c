/* The larger (or, with sign -1, the smaller) of two numbers of one scale. A stride of 0 stands
   for a single number. */
KERNEL void largest(const int8_t *x, int stride, const int8_t *z, int other_stride, int32_t sign,
                    int count, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        int8_t one = x[i * stride], other = z[i * other_stride];
        y[i] = sign * one > sign * other ? one : other;
    }
}
