/* See x86_16.c. */
INLINE V(pair) V(madd)(V(shorts) x, V(shorts) y, const int16_t *values, int at)
{
    v128_t ab = wasm_i32x4_splat((int)((uint32_t)(uint16_t)values[2 * at + 1] << 16 | (uint16_t)values[2 * at]));
    v128_t low = wasm_i16x8_shuffle((v128_t)x, (v128_t)y, 0, 8, 1, 9, 2, 10, 3, 11);
    v128_t high = wasm_i16x8_shuffle((v128_t)x, (v128_t)y, 4, 12, 5, 13, 6, 14, 7, 15);
    return (V(pair)){(V(ints))wasm_i32x4_dot_i16x8(low, ab), (V(ints))wasm_i32x4_dot_i16x8(high, ab)};
}

INLINE V(pair) V(join)(V(shorts) x, V(shorts) y)
{
    v128_t low = wasm_i16x8_shuffle((v128_t)x, (v128_t)y, 0, 8, 1, 9, 2, 10, 3, 11);
    v128_t high = wasm_i16x8_shuffle((v128_t)x, (v128_t)y, 4, 12, 5, 13, 6, 14, 7, 15);
    return (V(pair)){(V(ints))low, (V(ints))high};
}

INLINE V(ints) V(larger)(V(ints) x, V(ints) y)
{
    return (V(ints))wasm_i32x4_max((v128_t)x, (v128_t)y);
}

INLINE V(ints) V(smaller)(V(ints) x, V(ints) y)
{
    return (V(ints))wasm_i32x4_min((v128_t)x, (v128_t)y);
}

INLINE V(ints) V(exact)(V(ints) x, const struct scale *by)
{
    v128_t factor = wasm_i32x4_splat(by->multiplier), half = wasm_i64x2_splat(by->half);
    v128_t positive = wasm_i32x4_max((v128_t)x, wasm_i32x4_splat(0));
    v128_t low = wasm_i64x2_add(wasm_u64x2_extmul_low_u32x4(positive, factor), half);
    v128_t high = wasm_i64x2_add(wasm_u64x2_extmul_high_u32x4(positive, factor), half);
    low = wasm_u64x2_shr(low, (uint32_t)by->right + 31);
    high = wasm_u64x2_shr(high, (uint32_t)by->right + 31);
    return (V(ints))wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
}

INLINE void V(put)(int8_t *y, V(pair) x)
{
    v128_t shorts = wasm_i16x8_narrow_i32x4((v128_t)x.low, (v128_t)x.high);
    v128_t bytes = wasm_v128_xor(wasm_u8x16_narrow_i16x8(shorts, shorts), wasm_i8x16_splat(-128));
    wasm_v128_store64_lane(y, bytes, 0);
}
