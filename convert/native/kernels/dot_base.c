/* Products of BYTES inputs and as many weights, added to sums. */
#define BYTES 16
#define UNSIGNED 0
typedef __m128i F(sums);
typedef struct {
    __m128i low, high;
} F(numbers);

/* As int16: a byte twice, and the lower one shifted out. */
INLINE F(numbers) F(loaded)(const int8_t *x)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)x);
    return (F(numbers)){_mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8),
                        _mm_srai_epi16(_mm_unpackhi_epi8(bytes, bytes), 8)};
}

INLINE __m128i F(dot)(__m128i sums, F(numbers) x, const int8_t *weights)
{
    F(numbers) w = F(loaded)(weights);
    __m128i both = _mm_add_epi32(_mm_madd_epi16(x.low, w.low), _mm_madd_epi16(x.high, w.high));
    return _mm_add_epi32(sums, both);
}

INLINE void F(totals)(const __m128i *sums, int32_t *totals)
{
    __m128i a = _mm_add_epi32(_mm_unpacklo_epi32(sums[0], sums[1]),
                              _mm_unpackhi_epi32(sums[0], sums[1]));
    __m128i b = _mm_add_epi32(_mm_unpacklo_epi32(sums[2], sums[3]),
                              _mm_unpackhi_epi32(sums[2], sums[3]));
    __m128i four = _mm_add_epi32(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
    __builtin_memcpy(totals, &four, 16);
}
