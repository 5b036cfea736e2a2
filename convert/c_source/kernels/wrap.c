/* `many` numbers of each plane from number `first` on, going round after `count`. */
KERNEL void wrap(const int8_t *x, int planes, int plane, int count, int first, int many, int8_t *y)
{
    NO_UNROLL
    for (; planes > 0; planes--, x += plane) {
        int at = first;
        NO_UNROLL
        for (int left = many; left > 0;) {
            int part = count - at < left ? count - at : left;
            copy(x + at, part, y);
            y += part;
            left -= part;
            at = 0;
        }
    }
}
