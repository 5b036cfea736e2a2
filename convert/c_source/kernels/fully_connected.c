/* Rows of weights in blocks of ROWS, then one by one. */
static void fully_connected_ROWS(const int8_t *x, int inputs, const int8_t *weights,
                            const struct channel *channels, int outputs, int32_t zero_point,
                            int32_t low, int32_t high, int8_t *y)
{
    int32_t sums[ROWS];
    for (int row = 0; row < outputs;) {
        int rows = outputs - row >= ROWS ? ROWS : 1;
        for (int i = 0; i < rows; i++) sums[i] = channels[row + i].bias;
        weights = rows == ROWS ? dot(x, inputs, weights, ROWS, sums)
                               : dot(x, inputs, weights, 1, sums);
        for (int i = 0; i < rows; i++, row++) {
            const struct channel *c = &channels[row];
            int32_t value = rescale(sums[i], c->multiplier, c->left, c->right);
            y[row] = clamp(value + zero_point, low, high);
        }
    }
}
