/* What an accumulator starts from, the input's zero point included, and how it is rescaled. */
struct channel {
    int32_t bias, multiplier;
    uint8_t left, right;
};

static inline int8_t finish(int32_t sum, const struct channel *c, int32_t zero_point, int32_t low,
                            int32_t high)
{
    return clamp(rescale(sum, c->multiplier, c->left, c->right) + zero_point, low, high);
}
