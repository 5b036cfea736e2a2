INLINE V(pair) V(rescaled)(V(pair) x, const struct scale *by, int32_t extra)
{
    const int32_t bias = by->bias + extra;
    return (V(pair)){V(exact)(x.low + bias, by), V(exact)(x.high + bias, by)};
}
