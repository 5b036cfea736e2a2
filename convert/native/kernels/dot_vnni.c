/* Products of BYTES inputs and as many weights, added to sums. */
#define BYTES 64
#define UNSIGNED 1
typedef __m512i F(sums);
typedef __m512i F(numbers);

INLINE __m512i F(loaded)(const int8_t *x)
{
    return _mm512_xor_si512(_mm512_loadu_si512((const void *)x), _mm512_set1_epi8(-128));
}

INLINE __m512i F(dot)(__m512i sums, __m512i x, const int8_t *weights)
{
    return _mm512_dpbusd_epi32(sums, x, _mm512_loadu_si512((const void *)weights));
}

INLINE __m256i F(halved)(__m512i sums)
{
    return _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
}

INLINE void F(totals)(const __m512i *sums, int32_t *totals)
{
    __m256i first = _mm256_hadd_epi32(F(halved)(sums[0]), F(halved)(sums[1]));
    __m256i second = _mm256_hadd_epi32(F(halved)(sums[2]), F(halved)(sums[3]));
    __m256i all = _mm256_hadd_epi32(first, second);
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    __builtin_memcpy(totals, &four, 16);
}
