/* Products of BYTES inputs and as many weights, added to sums. */
#define BYTES 16
#define UNSIGNED 0
typedef struct {
    int32_t sum;
} F(sums);
typedef const int8_t *F(numbers);

INLINE F(numbers) F(loaded)(const int8_t *x) { return x; }

INLINE F(sums) F(dot)(F(sums) sums, F(numbers) x, const int8_t *weights)
{
    for (int i = 0; i < BYTES; i++) sums.sum += x[i] * weights[i];
    return sums;
}

INLINE void F(totals)(const F(sums) * sums, int32_t *totals)
{
    for (int i = 0; i < 4; i++) totals[i] = sums[i].sum;
}
