/* The mean of each window, half away from zero; windows are cut off at the edges. */
static void average_pool(const int8_t *x, struct image from, struct window window, int32_t low,
                         int32_t high, struct image to, int8_t *y)
{
    for (int channel = 0; channel < to.channels; channel++) {
        for (int row = 0; row < to.rows; row++) {
            int first = row * window.down - window.top, last = first + window.rows;
            if (first < 0) first = 0;
            if (last > from.rows) last = from.rows;
            for (int column = 0; column < to.columns; column++) {
                int begin = column * window.right - window.left, end = begin + window.columns;
                if (begin < 0) begin = 0;
                if (end > from.columns) end = from.columns;
                int32_t sum = 0, count = (last - first) * (end - begin);
                for (int i = first; i < last; i++) {
                    const int8_t *at = x + channel * from.channel + i * from.row;
                    for (int j = begin; j < end; j++) sum += at[j * from.column];
                }
                sum = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
                y[channel * to.channel + row * to.row + column * to.column] =
                    clamp(sum, low, high);
            }
        }
    }
}
