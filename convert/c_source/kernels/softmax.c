/* Softmax of each row. `exponentials` holds e^-d as 31 bits after the point, for numbers d steps
   below the row's largest; from `reach` steps on they count as nothing. */
KERNEL void softmax(const int8_t *x, int rows, int depth, const int32_t *exponentials, int reach,
                    int8_t *y)
{
    for (int row = 0; row < rows; row++, x += depth, y += depth) {
        int8_t largest = x[0];
        for (int i = 1; i < depth; i++) largest = x[i] > largest ? x[i] : largest;
        uint32_t sum = 0; /* 19 bits after the point */
        for (int i = 0; i < depth; i++) {
            int below = largest - x[i];
            if (below < reach) sum += ((uint32_t)exponentials[below] + 2048) >> 12;
        }
        int right = 35;
        for (; sum < 0x80000000u; right--) sum <<= 1;
        /* The reciprocal of the sum, by Newton's method: TFLite's constants and roundings. */
        int32_t half = (int32_t)(sum >> 1);
        int32_t inverse = 1515870810 + rescale(half, -1010580540, 0, 0);
        for (int i = 0; i < 3; i++) {
            int32_t error = ((int32_t)1 << 29) - rescale(half, inverse, 0, 0);
            inverse += rescale(inverse, error, 0, 0) * 4;
        }
        inverse = inverse >= (int32_t)1 << 30 ? INT32_MAX : inverse * 2;
        for (int i = 0; i < depth; i++) {
            int below = largest - x[i];
            uint32_t share = below < reach && right < 32
                                 ? (uint32_t)rescale(inverse, exponentials[below], 0, 0)
                                 : 0;
            if (share) share = (share + ((uint32_t)1 << (right - 1))) >> right;
            y[i] = (int8_t)((int32_t)(share > 255 ? 255 : share) - 128);
        }
    }
}
