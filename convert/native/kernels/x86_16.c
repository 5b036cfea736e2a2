/* a * x + b * y in 32 bits, lane by lane, in an order that `put` undoes; values are a and b of one
   filter after another, of which it is number `at`. */
INLINE V(pair) V(madd)(V(shorts) x, V(shorts) y, const int16_t *values, int at)
{
    __m128i ab = _mm_set1_epi32((int)((uint32_t)(uint16_t)values[2 * at + 1] << 16 | (uint16_t)values[2 * at]));
    __m128i low = _mm_unpacklo_epi16((__m128i)x, (__m128i)y), high = _mm_unpackhi_epi16((__m128i)x, (__m128i)y);
    return (V(pair)){(V(ints))_mm_madd_epi16(low, ab), (V(ints))_mm_madd_epi16(high, ab)};
}

/* The numbers whose lower and upper halves are those of x and y, in the same order. */
INLINE V(pair) V(join)(V(shorts) x, V(shorts) y)
{
    __m128i low = _mm_unpacklo_epi16((__m128i)x, (__m128i)y), high = _mm_unpackhi_epi16((__m128i)x, (__m128i)y);
    return (V(pair)){(V(ints))low, (V(ints))high};
}

/* x * multiplier / 2^(31 + right), rounded as TFLite does; nothing where x is negative. */
INLINE V(ints) V(exact)(V(ints) x, const struct scale *by)
{
    __m128i factor = _mm_set1_epi32(by->multiplier), half = _mm_set1_epi64x(by->half);
    __m128i positive = (__m128i)(x & (x > 0));
    __m128i even = _mm_add_epi64(_mm_mul_epu32(positive, factor), half);
    __m128i odd = _mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64(positive, 32), factor), half);
    even = _mm_srl_epi64(even, _mm_cvtsi32_si128(by->right + 31));
    odd = _mm_srl_epi64(odd, _mm_cvtsi32_si128(by->right - 1));
    return (V(ints))_mm_or_si128(_mm_and_si128(even, _mm_set1_epi64x(0xffffffff)),
                                  _mm_andnot_si128(_mm_set1_epi64x(0xffffffff), odd));
}

/* LANES bytes: 0 to 255, cut off there, as int8 that are 128 less. */
INLINE void V(put)(int8_t *y, V(pair) x)
{
    __m128i shorts = _mm_packs_epi32((__m128i)x.low, (__m128i)x.high);
    __m128i bytes = _mm_xor_si128(_mm_packus_epi16(shorts, shorts), _mm_set1_epi8(-128));
    _mm_storel_epi64((__m128i *)(void *)y, bytes);
}
