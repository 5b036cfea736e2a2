/* a * x + b * y in 32 bits, lane by lane, in an order that `put` undoes; values are a and b of one
   filter after another, of which it is number `at`. */
INLINE V(pair) V(madd)(V(shorts) x, V(shorts) y, const int16_t *values, int at)
{
    __m512i ab = _mm512_set1_epi32((int)((uint32_t)(uint16_t)values[2 * at + 1] << 16 | (uint16_t)values[2 * at]));
    __m512i low = _mm512_unpacklo_epi16((__m512i)x, (__m512i)y), high = _mm512_unpackhi_epi16((__m512i)x, (__m512i)y);
    return (V(pair)){(V(ints))_mm512_madd_epi16(low, ab), (V(ints))_mm512_madd_epi16(high, ab)};
}

/* The numbers whose lower and upper halves are those of x and y, in the same order. */
INLINE V(pair) V(join)(V(shorts) x, V(shorts) y)
{
    __m512i low = _mm512_unpacklo_epi16((__m512i)x, (__m512i)y), high = _mm512_unpackhi_epi16((__m512i)x, (__m512i)y);
    return (V(pair)){(V(ints))low, (V(ints))high};
}

INLINE V(ints) V(larger)(V(ints) x, V(ints) y)
{
    return (V(ints))_mm512_max_epi32((__m512i)x, (__m512i)y);
}

INLINE V(ints) V(smaller)(V(ints) x, V(ints) y)
{
    return (V(ints))_mm512_min_epi32((__m512i)x, (__m512i)y);
}

/* x * multiplier / 2^(31 + right), rounded as TFLite does; nothing where x is negative. */
INLINE V(ints) V(exact)(V(ints) x, const struct scale *by)
{
    __m512i factor = _mm512_set1_epi32(by->multiplier), half = _mm512_set1_epi64(by->half);
    __m512i positive = _mm512_max_epi32((__m512i)x, _mm512_setzero_si512());
    __m512i even = _mm512_add_epi64(_mm512_mul_epu32(positive, factor), half);
    __m512i odd = _mm512_add_epi64(_mm512_mul_epu32(_mm512_srli_epi64(positive, 32), factor), half);
    even = _mm512_srl_epi64(even, _mm_cvtsi32_si128(by->right + 31));
    odd = _mm512_srl_epi64(odd, _mm_cvtsi32_si128(by->right - 1));
    return (V(ints))_mm512_mask_blend_epi32(0xaaaa, even, odd);
}

/* LANES bytes: 0 to 255, cut off there, as int8 that are 128 less. */
INLINE void V(put)(int8_t *y, V(pair) x)
{
    __m512i shorts = _mm512_packs_epi32((__m512i)x.low, (__m512i)x.high);
    shorts = _mm512_max_epi16(shorts, _mm512_setzero_si512());
    __m256i bytes = _mm256_xor_si256(_mm512_cvtusepi16_epi8(shorts), _mm256_set1_epi8(-128));
    _mm256_storeu_si256((__m256i *)(void *)y, bytes);
}
