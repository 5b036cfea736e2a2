/* Rows of weights, four at once: of each its 64 bytes for 64 inputs, one row after another; zeros
   where there are fewer. Of x no more is read than there is. */
INLINE void F(four_rows)(F(numbers) x, const int8_t *weights, F(sums) * sums)
{
    for (int row = 0; row < 4; row++) sums[row] = F(dot)(sums[row], x, weights + 64 * row);
}

KERNEL void F(fully_connected)(const int8_t *x, int inputs, const int8_t *weights,
                               const struct row *row, int rows, int32_t zero_point, int32_t low,
                               int32_t high, int8_t *y)
{
    const int whole = inputs / BYTES * BYTES, blocks = inputs / 64 * 64;
    int8_t rest[BYTES] = {0};
    for (int i = whole; i < inputs; i++) rest[i - whole] = x[i];
    for (; rows > 0; rows -= 4) {
        F(sums) sums[4] = {{0}, {0}, {0}, {0}};
        for (int i = 0; i < blocks; i += 64, weights += 256) {
            for (int k = 0; k < 64; k += BYTES) {
                F(four_rows)(F(loaded)(x + i + k), weights + k, sums);
            }
        }
        for (int i = blocks; i < whole; i += BYTES) {
            F(four_rows)(F(loaded)(x + i), weights + i - blocks, sums);
        }
        if (whole < inputs) F(four_rows)(F(loaded)(rest), weights + whole - blocks, sums);
        if (blocks < inputs) weights += 256;
        int32_t totals[4];
        F(totals)(sums, totals);
        for (int i = 0; i < 4 && i < rows; i++, row++, y++) {
            int32_t sum = totals[i] + (UNSIGNED ? row->of_unsigned : row->bias);
            sum = rescale(sum, row->multiplier, row->left, row->right);
            *y = clamp(sum + zero_point, low, high);
        }
    }
}
