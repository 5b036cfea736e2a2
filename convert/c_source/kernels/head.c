/* A row of a matrix with two values: a times some inputs, b times others. */
struct head {
    int32_t bias, multiplier;
    int16_t a, b;
    uint16_t count_a, count_b;
    uint8_t left, right, wide;
};

/* acc * multiplier * 2^(left - right - 31), rounded as TFLite does, for outputs that a ReLU cuts
   at zero. The product is made a byte of the multiplier at a time, as cores without a long
   multiplication do it best; acc * 2^left is below 2^23. */
static inline int32_t rescale_positive(int32_t acc, struct head head)
{
    int32_t multiplier = head.multiplier, value = acc * ((int32_t)1 << head.left);
    int32_t product = value * (multiplier & 255) >> 8;
    product = (product + value * (multiplier >> 8 & 255)) >> 8;
    product = (product + value * (multiplier >> 16 & 255)) >> 8;
    product += value * (multiplier >> 24);
    product += (1 << 6) + (head.right ? (int32_t)1 << (6 + head.right) : 0);
    return product >> (7 + head.right);
}
