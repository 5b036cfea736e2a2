/* Outputs 0 to count of each filter, `plane` apart. Where the core adds pairs, many at a time: x
   can be read and y be written a few numbers further. */
KERNEL void two_valued(const int8_t *x, int count, const struct filter *filters, int many,
                       const int16_t *offsets, int32_t extra, int plane, int8_t *y)
{
    NO_UNROLL
    for (int h = 0; h < many; h++, y += plane) {
        struct filter filter = filters[h];
        filter.bias += extra;
#if defined(__ARM_FEATURE_DSP)
        int i = 0;
        NO_UNROLL
        for (; i + 8 < count; i += 16) strip_16(x + i, offsets, filter, y + i);
        NO_UNROLL
        for (; i < count; i += 4) strip_4(x + i, offsets, filter, y + i);
#else
        for (int i = 0; i < count; i++) y[i] = one_output(x + i, offsets, filter);
#endif
        offsets += filter.count_a + filter.count_b;
    }
}
