INLINE V(pair) V(least)(void)
{
    V(ints) least = (V(ints)){0} + INT32_MIN;
    return (V(pair)){least, least};
}

INLINE V(pair) V(both_larger)(V(pair) x, V(pair) y)
{
    return (V(pair)){V(larger)(x.low, y.low), V(larger)(x.high, y.high)};
}

INLINE V(pair) V(both_smaller)(V(pair) x, V(pair) y)
{
    return (V(pair)){V(smaller)(x.low, y.low), V(smaller)(x.high, y.high)};
}

/* As `put`, but no more than the first bytes. */
INLINE void V(put_some)(int8_t *y, V(pair) x, int count)
{
    if (count >= LANES) {
        V(put)(y, x);
    } else {
        int8_t bytes[LANES];
        V(put)(bytes, x);
        __builtin_memcpy(y, bytes, (unsigned)count % LANES);
    }
}

/* Two times LANES bytes: those at even and those at odd places. */
INLINE void V(split)(const int8_t *x, V(shorts) *even, V(shorts) *odd)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    V(shorts) pairs = V(load)((const short_t *)(const void *)x);
    *even = pairs << 8 >> 8;
    *odd = pairs >> 8;
#else
    for (int i = 0; i < LANES; i++) {
        (*even)[i] = x[2 * i];
        (*odd)[i] = x[2 * i + 1];
    }
#endif
}

/* Sums of two bytes each. */
INLINE V(shorts) V(pairs)(const int8_t *x)
{
    V(shorts) even, odd;
    V(split)(x, &even, &odd);
    return even + odd;
}

/* A quarter of a sum, or with `rows` 1 half of it, rounded half away from zero. */
INLINE V(shorts) V(mean)(V(shorts) sum, int rows)
{
    return rows == 2 ? (sum + 2 + (sum >> 15)) >> 2 : (sum + 1 + (sum >> 15)) >> 1;
}

INLINE void V(narrow)(int8_t *y, V(shorts) numbers)
{
    V(bytes) bytes = __builtin_convertvector(numbers, V(bytes));
    __builtin_memcpy(y, &bytes, sizeof bytes);
}
