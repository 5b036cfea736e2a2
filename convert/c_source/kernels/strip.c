#if defined(__ARM_FEATURE_DSP)
/* x[i + offset] summed over the offsets, for STRIP successive i; each two words as for `quad`. */
static inline void sums_STRIP(const int8_t *x, const int16_t *offsets, int count, int16x2_t *words)
{
    for (int j = 0; j < STRIP / 2; j++) words[j] = 0;
    NO_UNROLL
    for (int k = 0; k < count; k++) {
        const int8_t *from = x + offsets[k];
        for (int j = 0; j < STRIP / 2; j += 2, from += 4) {
            uint32_t word = load4(from);
            words[j] = __sxtab16(words[j], (int8x4_t)word);
            words[j + 1] = __sxtab16(words[j + 1], (int8x4_t)ROTATED(word));
        }
    }
}

/* STRIP outputs of a head. */
static inline void strip_STRIP(const int8_t *x, const int16_t *offsets, struct head head,
                               int8_t *y)
{
    int16x2_t of_a[STRIP / 2], of_b[STRIP / 2];
    sums_STRIP(x, offsets, head.count_a, of_a);
    sums_STRIP(x, offsets + head.count_a, head.count_b, of_b);
    for (int j = 0; j < STRIP / 2; j += 2, y += 4) quad(of_a + j, of_b + j, head, y);
}
#endif
