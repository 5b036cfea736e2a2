/* Products of BYTES inputs and as many weights, added to sums. */
#define BYTES 16
#define UNSIGNED 0
typedef v128_t F(sums);
typedef struct {
    v128_t low, high;
} F(numbers);

/* As int16. */
INLINE F(numbers) F(loaded)(const int8_t *x)
{
    v128_t bytes = wasm_v128_load(x);
    return (F(numbers)){wasm_i16x8_extend_low_i8x16(bytes), wasm_i16x8_extend_high_i8x16(bytes)};
}

INLINE v128_t F(dot)(v128_t sums, F(numbers) x, const int8_t *weights)
{
    F(numbers) w = F(loaded)(weights);
    v128_t both = wasm_i32x4_add(wasm_i32x4_dot_i16x8(x.low, w.low), wasm_i32x4_dot_i16x8(x.high, w.high));
    return wasm_i32x4_add(sums, both);
}

INLINE void F(totals)(const v128_t *sums, int32_t *totals)
{
    v128_t a = wasm_i32x4_add(wasm_i32x4_shuffle(sums[0], sums[1], 0, 4, 1, 5),
                              wasm_i32x4_shuffle(sums[0], sums[1], 2, 6, 3, 7));
    v128_t b = wasm_i32x4_add(wasm_i32x4_shuffle(sums[2], sums[3], 0, 4, 1, 5),
                              wasm_i32x4_shuffle(sums[2], sums[3], 2, 6, 3, 7));
    v128_t four = wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 1, 4, 5), wasm_i32x4_shuffle(a, b, 2, 3, 6, 7));
    wasm_v128_store(totals, four);
}
