/* See x86_16.c. */
INLINE V(pair) V(madd)(V(shorts) x, V(shorts) y, const int16_t *values, int at)
{
    int16x8_t u = (int16x8_t)x, v = (int16x8_t)y;
    int16x8_t four = vld1q_s16(values + at / 4 * 8); /* filters */
    const int16_t a = four[2 * (at % 4)], b = four[2 * (at % 4) + 1];
    int32x4_t low = vmull_n_s16(vget_low_s16(u), a), high = vmull_high_n_s16(u, a);
    low = vmlal_n_s16(low, vget_low_s16(v), b);
    high = vmlal_high_n_s16(high, v, b);
    return (V(pair)){(V(ints))low, (V(ints))high};
}

INLINE V(pair) V(join)(V(shorts) x, V(shorts) y)
{
    int16x8_t u = (int16x8_t)x, v = (int16x8_t)y;
    return (V(pair)){(V(ints))vzip1q_s16(u, v), (V(ints))vzip2q_s16(u, v)};
}

INLINE V(ints) V(larger)(V(ints) x, V(ints) y)
{
    return (V(ints))vmaxq_s32((int32x4_t)x, (int32x4_t)y);
}

INLINE V(ints) V(smaller)(V(ints) x, V(ints) y)
{
    return (V(ints))vminq_s32((int32x4_t)x, (int32x4_t)y);
}

INLINE V(ints) V(exact)(V(ints) x, const struct scale *by)
{
    int32x4_t high = vqrdmulhq_n_s32((int32x4_t)x, by->multiplier);
    return (V(ints))vrshlq_s32(high, vnegq_s32(vdupq_n_s32(by->right)));
}

INLINE void V(put)(int8_t *y, V(pair) x)
{
    int16x8_t shorts = vqmovn_high_s32(vqmovn_s32((int32x4_t)x.low), (int32x4_t)x.high);
    uint8x8_t bytes = veor_u8(vqmovun_s16(shorts), vdup_n_u8(128));
    vst1_s8(y, vreinterpret_s8_u8(bytes));
}
