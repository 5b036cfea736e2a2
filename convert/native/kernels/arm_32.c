/* See x86_16.c. Two registers, which Clang makes of a vector of 32 bytes; what is loaded for one,
   and what is not in a register, is for both. */
#define FIRST(x) __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7)
#define SECOND(x) __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15)
#define BOTH(x, y) ((V(ints))__builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7))

INLINE V(ints) V(madd_8)(int16x8_t x, int16x8_t y, int16_t a, int16_t b)
{
    int32x4_t low = vmull_n_s16(vget_low_s16(x), a), high = vmull_high_n_s16(x, a);
    low = vmlal_n_s16(low, vget_low_s16(y), b);
    return BOTH(low, vmlal_high_n_s16(high, y, b));
}

INLINE V(pair) V(madd)(V(shorts) x, V(shorts) y, const int16_t *values, int at)
{
    int16x8_t four = vld1q_s16(values + at / 4 * 8); /* filters */
    const int16_t a = four[2 * (at % 4)], b = four[2 * (at % 4) + 1];
    return (V(pair)){V(madd_8)((int16x8_t)FIRST(x), (int16x8_t)FIRST(y), a, b),
                     V(madd_8)((int16x8_t)SECOND(x), (int16x8_t)SECOND(y), a, b)};
}

INLINE V(pair) V(join)(V(shorts) x, V(shorts) y)
{
    V(shorts) low = __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
                                            7, 23);
    V(shorts) high = __builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                             14, 30, 15, 31);
    return (V(pair)){(V(ints))low, (V(ints))high};
}

INLINE V(ints) V(larger)(V(ints) x, V(ints) y) { return __builtin_elementwise_max(x, y); }

INLINE V(ints) V(smaller)(V(ints) x, V(ints) y) { return __builtin_elementwise_min(x, y); }

#define FOUR(x, first) \
    ((int32x4_t)__builtin_shufflevector(x, x, (first), (first) + 1, (first) + 2, (first) + 3))

INLINE V(ints) V(exact)(V(ints) x, const struct scale *by)
{
    int32x4_t low = vqrdmulhq_n_s32(FOUR(x, 0), by->multiplier);
    int32x4_t high = vqrdmulhq_n_s32(FOUR(x, 4), by->multiplier);
    int32x4_t right = vnegq_s32(vdupq_n_s32(by->right));
    return BOTH(vrshlq_s32(low, right), vrshlq_s32(high, right));
}

INLINE void V(put)(int8_t *y, V(pair) x)
{
    int16x8_t low = vqmovn_high_s32(vqmovn_s32(FOUR(x.low, 0)), FOUR(x.low, 4));
    int16x8_t high = vqmovn_high_s32(vqmovn_s32(FOUR(x.high, 0)), FOUR(x.high, 4));
    uint8x16_t bytes = vqmovun_high_s16(vqmovun_s16(low), high);
    vst1q_s8(y, vreinterpretq_s8_u8(veorq_u8(bytes, vdupq_n_u8(128))));
}
#undef FIRST
#undef SECOND
#undef BOTH
#undef FOUR
