/* a * x + b * y in 32 bits, lane by lane, in an order that `put` undoes; values are a and b of one
   filter after another, of which it is number `at`. */
INLINE V(pair) V(madd)(V(shorts) x, V(shorts) y, const int16_t *values, int at)
{
    __m256i ab = _mm256_set1_epi32((int)((uint32_t)(uint16_t)values[2 * at + 1] << 16 | (uint16_t)values[2 * at]));
    __m256i low = _mm256_unpacklo_epi16((__m256i)x, (__m256i)y), high = _mm256_unpackhi_epi16((__m256i)x, (__m256i)y);
    return (V(pair)){(V(ints))_mm256_madd_epi16(low, ab), (V(ints))_mm256_madd_epi16(high, ab)};
}

/* The numbers whose lower and upper halves are those of x and y, in the same order. */
INLINE V(pair) V(join)(V(shorts) x, V(shorts) y)
{
    __m256i low = _mm256_unpacklo_epi16((__m256i)x, (__m256i)y), high = _mm256_unpackhi_epi16((__m256i)x, (__m256i)y);
    return (V(pair)){(V(ints))low, (V(ints))high};
}

INLINE V(ints) V(larger)(V(ints) x, V(ints) y)
{
    return (V(ints))_mm256_max_epi32((__m256i)x, (__m256i)y);
}

INLINE V(ints) V(smaller)(V(ints) x, V(ints) y)
{
    return (V(ints))_mm256_min_epi32((__m256i)x, (__m256i)y);
}

/* x * multiplier / 2^(31 + right), rounded as TFLite does; nothing where x is negative. */
INLINE V(ints) V(exact)(V(ints) x, const struct scale *by)
{
    __m256i factor = _mm256_set1_epi32(by->multiplier), half = _mm256_set1_epi64x(by->half);
    __m256i positive = _mm256_max_epi32((__m256i)x, _mm256_setzero_si256());
    __m256i even = _mm256_add_epi64(_mm256_mul_epu32(positive, factor), half);
    __m256i odd = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(positive, 32), factor), half);
    even = _mm256_srl_epi64(even, _mm_cvtsi32_si128(by->right + 31));
    odd = _mm256_srl_epi64(odd, _mm_cvtsi32_si128(by->right - 1));
    return (V(ints))_mm256_blend_epi32(even, odd, 0xaa);
}

/* LANES bytes: 0 to 255, cut off there, as int8 that are 128 less. */
INLINE void V(put)(int8_t *y, V(pair) x)
{
    __m256i shorts = _mm256_packs_epi32((__m256i)x.low, (__m256i)x.high);
    __m128i low = _mm256_castsi256_si128(shorts), high = _mm256_extracti128_si256(shorts, 1);
    __m128i bytes = _mm_xor_si128(_mm_packus_epi16(low, high), _mm_set1_epi8(-128));
    _mm_storeu_si128((__m128i *)(void *)y, bytes);
}
