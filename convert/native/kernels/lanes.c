/* Vectors of WIDTH bytes: int16 in LANES lanes, and int32 in two vectors of half as many. Loads
   and stores are at any address. */
typedef int16_t V(shorts) __attribute__((vector_size(WIDTH)));
typedef int32_t V(ints) __attribute__((vector_size(WIDTH)));
typedef int8_t V(bytes) __attribute__((vector_size(WIDTH / 2)));
typedef struct {
    V(ints) low, high;
} V(pair);

INLINE V(shorts) V(load)(const short_t *x)
{
    V(shorts) numbers;
    __builtin_memcpy(&numbers, x, sizeof numbers);
    return numbers;
}

INLINE void V(store)(short_t *y, V(shorts) numbers) { __builtin_memcpy(y, &numbers, sizeof numbers); }

/* LANES bytes as int16. */
INLINE V(shorts) V(widen)(const int8_t *x)
{
    V(bytes) numbers;
    __builtin_memcpy(&numbers, x, sizeof numbers);
    return __builtin_convertvector(numbers, V(shorts));
}
