/* Products of BYTES inputs and as many weights, added to sums. Two products of |x| <= 128 and
   |w| <= 127 fit into 16 bits. */
#define BYTES 32
#define UNSIGNED 0
typedef __m256i F(sums);
typedef __m256i F(numbers);

INLINE __m256i F(loaded)(const int8_t *x)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)x);
}

INLINE __m256i F(dot)(__m256i sums, __m256i x, const int8_t *weights)
{
    __m256i signs = _mm256_sign_epi8(F(loaded)(weights), x);
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), signs);
    return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

INLINE void F(totals)(const __m256i *sums, int32_t *totals)
{
    __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]),
                                    _mm256_hadd_epi32(sums[2], sums[3]));
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    __builtin_memcpy(totals, &four, 16);
}
