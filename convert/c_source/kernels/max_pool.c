/* The largest of each window. `line` holds a row of x, up to the next multiple of four, which can
   be read of x too, and on either side what windows reach beyond it. */
KERNEL void max_pool(const int8_t *x, struct image from, struct window window, int32_t low,
                     int32_t high, struct image to, int8_t *line, int8_t *y)
{
    const int wide = (to.columns - 1) * window.right + window.columns;
    int8_t *inner = line + window.left;
    NO_UNROLL
    for (int i = 0; i < window.left; i++) line[i] = -128;
    NO_UNROLL
    for (int channel = 0; channel < to.channels; channel++, x += from.plane) {
        NO_UNROLL
        for (int row = 0; row < to.rows; row++) {
            int first = row * window.down - window.top, last = first + window.rows;
            const int8_t *top = x + (first > 0 ? first * from.columns : 0);
            const int8_t *bottom = x + (last < from.rows ? last : from.rows) * from.columns;
            NO_UNROLL
            for (int i = 0; i < from.columns; i += 4) {
                const int8_t *at = top + i;
#if defined(__ARM_FEATURE_DSP)
                uint32_t word = load4(at);
                NO_UNROLL
                for (at += from.columns; at < bottom; at += from.columns) {
                    uint32_t other = load4(at);
                    (void)__ssub8((int8x4_t)word, (int8x4_t)other);
                    word = (uint32_t)__sel((uint8x4_t)word, (uint8x4_t)other);
                }
                store4(inner + i, word);
#else
                for (int j = i; j < i + 4 && j < from.columns; j++, at++) {
                    int8_t value = *at;
                    NO_UNROLL
                    for (const int8_t *one = at + from.columns; one < bottom; one += from.columns) {
                        if (*one > value) value = *one;
                    }
                    inner[j] = value;
                }
#endif
            }
            NO_UNROLL
            for (int i = from.columns; i < wide - window.left; i++) inner[i] = -128;
            const int8_t *at = line;
            NO_UNROLL
            for (int column = 0; column < to.columns; column++, y++, at += window.right) {
                int8_t value = at[0];
                NO_UNROLL
                for (int i = 1; i < window.columns; i++) value = at[i] > value ? at[i] : value;
                *y = clamp(value, low, high);
            }
        }
    }
}
