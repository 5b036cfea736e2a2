/* Rows of weights in blocks of ROWS, whose sums stay in registers, then one by one. */
KERNEL void fully_connected_ROWS(const int8_t *x, int inputs, const int8_t *weights,
                                 const struct channel *channels, int outputs, int32_t zero_point,
                                 int32_t low, int32_t high, int8_t *y)
{
    for (; outputs >= ROWS; outputs -= ROWS, channels += ROWS, y += ROWS) {
        weights = rows_ROWS(x, inputs, weights, channels, zero_point, low, high, y);
    }
    for (; outputs > 0; outputs--, channels++, y++) {
        weights = rows_1(x, inputs, weights, channels, zero_point, low, high, y);
    }
}
