/* Outputs 0 to count of each head, `plane` apart. Where the core adds pairs, STRIP at a time: x
   can be read and y be written up to the next multiple of STRIP. */
KERNEL void two_valued_STRIP(const int8_t *x, int count, const struct head *heads, int many,
                             const int16_t *offsets, int32_t extra, int32_t zero_point,
                             int32_t span, int plane, int8_t *y)
{
    NO_UNROLL
    for (int h = 0; h < many; h++, y += plane) {
        struct head head = heads[h];
        head.bias += extra;
#if defined(__ARM_FEATURE_DSP)
        const int8_t *from = x;
        int8_t *to = y;
        NO_UNROLL
        for (int8_t *end = y + (count + STRIP - 1) / STRIP * STRIP; to != end; to += STRIP) {
            strip_STRIP(from, offsets, head, zero_point, span, to);
            from += STRIP;
            IN_TURN(from, to);
        }
#else
        for (int i = 0; i < count; i++) y[i] = one_output(x + i, offsets, head, zero_point, span);
#endif
        offsets += head.count_a + head.count_b;
    }
}
