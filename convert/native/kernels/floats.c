/* The product of each number with a float, cut off after the point; a result that is off for one
   number is put right. */
typedef float V(floats) __attribute__((vector_size(WIDTH)));
INLINE V(ints) V(scaled)(V(ints) x, const struct scale *by)
{
    V(floats) product = __builtin_convertvector(x, V(floats)) * by->factor;
    return __builtin_convertvector(product, V(ints)) + ((V(ints))(x == by->odd) & by->more);
}

/* Only sums that are rescaled exactly have something extra. */
INLINE V(pair) V(rescaled)(V(pair) x, const struct scale *by, int32_t extra)
{
    const int32_t start = by->start + extra;
    x.low = x.low + start;
    x.high = x.high + start;
    if (!(by->factor > 0)) {
        return (V(pair)){V(exact)(x.low, by), V(exact)(x.high, by)};
    }
    return (V(pair)){V(scaled)(x.low, by), V(scaled)(x.high, by)};
}
