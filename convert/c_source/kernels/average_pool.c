/* The mean of each window, half away from zero; windows are cut off at the edges. */
KERNEL void average_pool(const int8_t *x, struct image from, struct window window, int32_t low,
                         int32_t high, struct image to, int8_t *y)
{
    NO_UNROLL
    for (int channel = 0; channel < to.channels; channel++, x += from.plane) {
        NO_UNROLL
        for (int row = 0; row < to.rows; row++) {
            int first = row * window.down - window.top, last = first + window.rows;
            if (first < 0) first = 0;
            if (last > from.rows) last = from.rows;
            NO_UNROLL
            for (int column = 0; column < to.columns; column++, y++) {
                int begin = column * window.right - window.left, end = begin + window.columns;
                if (begin < 0) begin = 0;
                if (end > from.columns) end = from.columns;
                int32_t sum = 0, count = (last - first) * (end - begin);
                for (int i = first; i < last; i++) {
                    for (int j = begin; j < end; j++) sum += x[i * from.columns + j];
                }
                sum = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
                *y = clamp(sum, low, high);
            }
        }
    }
}
