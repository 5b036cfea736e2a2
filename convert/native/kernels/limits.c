/* For what has no instruction of its own. */
INLINE V(ints) V(larger)(V(ints) x, V(ints) y)
{
    V(ints) more = x > y;
    return (x & more) | (y & ~more);
}

INLINE V(ints) V(smaller)(V(ints) x, V(ints) y)
{
    V(ints) less = x < y;
    return (x & less) | (y & ~less);
}
