/* The same without any instruction set in mind, and what is meant by it. */

/* a * x + b * y in 32 bits, lane by lane; values are a and b of one filter after another, of which
   it is number `at`. */
INLINE V(pair) V(madd)(V(shorts) x, V(shorts) y, const int16_t *values, int at)
{
    const int a = values[2 * at], b = values[2 * at + 1];
    V(pair) sums;
    for (int i = 0; i < LANES / 2; i++) {
        sums.low[i] = a * x[i] + b * y[i];
        sums.high[i] = a * x[i + LANES / 2] + b * y[i + LANES / 2];
    }
    return sums;
}

/* The numbers whose lower and upper halves are those of x and y. */
INLINE V(pair) V(join)(V(shorts) x, V(shorts) y)
{
    V(pair) numbers;
    for (int i = 0; i < LANES / 2; i++) {
        numbers.low[i] = (int32_t)((uint32_t)y[i] << 16 | (uint16_t)x[i]);
        numbers.high[i] =
            (int32_t)((uint32_t)y[i + LANES / 2] << 16 | (uint16_t)x[i + LANES / 2]);
    }
    return numbers;
}

/* x * multiplier / 2^(31 + right), rounded as TFLite does; nothing where x is negative. */
INLINE V(ints) V(exact)(V(ints) x, const struct scale *by)
{
    for (int i = 0; i < LANES / 2; i++) {
        int64_t positive = x[i] > 0 ? x[i] : 0;
        x[i] = (int32_t)((positive * by->multiplier + by->half) >> (by->right + 31));
    }
    return x;
}

/* LANES bytes: 0 to 255, cut off there, as int8 that are 128 less. */
INLINE void V(put)(int8_t *y, V(pair) x)
{
    for (int i = 0; i < LANES / 2; i++) {
        y[i] = clamp(x.low[i] - 128, -128, 127);
        y[i + LANES / 2] = clamp(x.high[i] - 128, -128, 127);
    }
}
