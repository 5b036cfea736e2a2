/* A row of a matrix with two values: a times some inputs, b times others. */
struct head {
    int32_t bias, multiplier;
    int16_t a, b;
    uint16_t count_a, count_b;
    uint8_t left, right;
};

/* acc * multiplier * 2^(left - right - 31), rounded as TFLite does, for outputs that a ReLU cuts
   at zero. The product is made a byte of the multiplier at a time, as cores without a long
   multiplication do it best. Where acc is larger than that allows, its output is the largest. */
static inline int32_t rescale_positive(int32_t acc, struct head head)
{
    const int32_t multiplier = head.multiplier, most = 0x7fffff >> head.left;
    int32_t value = (acc < 0 ? 0 : acc > most ? most : acc) * ((int32_t)1 << head.left);
    int32_t product = value * (multiplier & 255) >> 8;
    product = (product + value * (multiplier >> 8 & 255)) >> 8;
    product = (product + value * (multiplier >> 16 & 255)) >> 8;
    product += value * (multiplier >> 24);
    product += (1 << 6) + (head.right ? (int32_t)1 << (6 + head.right) : 0);
    return product >> (7 + head.right);
}
