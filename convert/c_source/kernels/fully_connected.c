/* Rows of weights in blocks of ROWS, whose sums stay in registers, then one by one. */
KERNEL void fully_connected_ROWS(const int8_t *x, int inputs, const uint32_t *weights,
                                 const struct channel *channels, int outputs, int32_t zero_point,
                                 int32_t low, int32_t high, int8_t *y)
{
#if defined(__ARM_FEATURE_DSP)
    for (; outputs >= ROWS; outputs -= ROWS, channels += ROWS, y += ROWS) {
        weights = rows_ROWS(x, inputs, weights, channels, zero_point, low, high, y);
    }
    for (; outputs > 0; outputs--, channels++, y++) {
        weights = rows_1(x, inputs, weights, channels, zero_point, low, high, y);
    }
#else
    for (; outputs >= 2 * ROWS; outputs -= 2 * ROWS, channels += 2 * ROWS, y += 2 * ROWS) {
        weights = blocks_ROWS(2, x, inputs, weights, channels, zero_point, low, high, y);
    }
    for (; outputs >= ROWS; outputs -= ROWS, channels += ROWS, y += ROWS) {
        weights = blocks_ROWS(1, x, inputs, weights, channels, zero_point, low, high, y);
    }
    for (; outputs > 0; outputs--, channels++, y++) {
        weights = blocks_1(1, x, inputs, weights, channels, zero_point, low, high, y);
    }
#endif
}
