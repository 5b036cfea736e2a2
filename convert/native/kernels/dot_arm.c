/* Products of BYTES inputs and as many weights, added to sums. */
#define BYTES 16
#define UNSIGNED 0
typedef int32x4_t F(sums);
typedef int8x16_t F(numbers);

INLINE int8x16_t F(loaded)(const int8_t *x) { return vld1q_s8(x); }

INLINE int32x4_t F(dot)(int32x4_t sums, int8x16_t x, const int8_t *weights)
{
    int8x16_t w = vld1q_s8(weights);
#if DOT_PRODUCT
    return vdotq_s32(sums, x, w);
#else
    /* Two products of |x| <= 128 and |w| <= 127 fit into 16 bits. */
    int16x8_t pairs = vmull_s8(vget_low_s8(x), vget_low_s8(w));
    return vpadalq_s16(sums, vmlal_high_s8(pairs, x, w));
#endif
}

INLINE void F(totals)(const int32x4_t *sums, int32_t *totals)
{
    int32x4_t four = vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
    vst1q_s32(totals, four);
}
