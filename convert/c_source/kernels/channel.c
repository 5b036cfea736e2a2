/* What an accumulator starts from, the input's zero point included, and how it is rescaled. */
struct channel {
    int32_t bias, multiplier;
    uint8_t left, right;
};
