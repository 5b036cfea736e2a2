#if defined(__ARM_FEATURE_DSP)
/* x[i + offset] summed over the offsets, for STRIP successive i; each two words as for `quad`. A
   function of its own, whose loop needs all registers. */
KERNEL void sums_STRIP(const int8_t *x, const int16_t *offsets, int count, int16x2_t *sums)
{
    int16x2_t words[STRIP / 2];
    const int16_t *end = offsets + count;
    for (int j = 0; j < STRIP / 2; j += 2) {
        uint32_t word = count ? load4(x + *offsets + 2 * j) : 0;
        words[j] = EVEN(word);
        words[j + 1] = ODD(word);
    }
    if (count) offsets++;
    NO_UNROLL
    for (; offsets != end; offsets++) {
        const int8_t *from = x + *offsets;
        for (int j = 0; j < STRIP / 2; j += 2, from += 4) {
            uint32_t word = load4(from);
            words[j] = __sxtab16(words[j], (int8x4_t)word);
            words[j + 1] = __sxtab16(words[j + 1], (int8x4_t)ROTATED(word));
        }
    }
    for (int j = 0; j < STRIP / 2; j++) sums[j] = words[j];
}

/* STRIP outputs of a filter. */
static inline void strip_STRIP(const int8_t *x, const int16_t *offsets, struct filter filter,
                               int8_t *y)
{
    int16x2_t of_a[STRIP / 2], of_b[STRIP / 2];
    sums_STRIP(x, offsets, filter.count_a, of_a);
    sums_STRIP(x, offsets + filter.count_a, filter.count_b, of_b);
    for (int j = 0; j < STRIP / 2; j += 2, y += 4) quad(of_a + j, of_b + j, filter, y);
}
#endif
