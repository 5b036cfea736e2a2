/* Rows of weights, four at once; a row takes a multiple of 64 bytes, with zeros behind. Of x no
   more is read than there is. */
INLINE void F(four_rows)(const int8_t *x, const int8_t *weights, int stride, F(sums) * sums)
{
    F(numbers) numbers = F(loaded)(x);
    sums[0] = F(dot)(sums[0], numbers, weights);
    sums[1] = F(dot)(sums[1], numbers, weights + stride);
    sums[2] = F(dot)(sums[2], numbers, weights + 2 * stride);
    sums[3] = F(dot)(sums[3], numbers, weights + 3 * stride);
}

KERNEL void F(fully_connected)(const int8_t *x, int inputs, const int8_t *weights,
                               const struct row *row, int rows, int32_t zero_point, int32_t low,
                               int32_t high, int8_t *y)
{
    const int whole = inputs / BYTES * BYTES, stride = (inputs + 63) / 64 * 64;
    int8_t rest[BYTES] = {0};
    for (int i = whole; i < inputs; i++) rest[i - whole] = x[i];
    for (; rows > 0; rows -= 4, weights += 4 * stride) {
        F(sums) sums[4] = {{0}, {0}, {0}, {0}};
        for (int i = 0; i < whole; i += BYTES) F(four_rows)(x + i, weights + i, stride, sums);
        if (whole < inputs) F(four_rows)(rest, weights + whole, stride, sums);
        int32_t totals[4];
        F(totals)(sums, totals);
        for (int i = 0; i < 4 && i < rows; i++, row++, y++) {
            int32_t sum = totals[i] + (UNSIGNED ? row->of_unsigned : row->bias);
            sum = rescale(sum, row->multiplier, row->left, row->right);
            *y = clamp(sum + zero_point, low, high);
        }
    }
}
