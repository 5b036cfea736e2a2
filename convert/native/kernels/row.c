/* The sums of a row of weights begin with `bias`, or with `of_unsigned` where the inputs are taken
   128 larger. */
struct row {
    int32_t bias, of_unsigned, multiplier;
    uint8_t left, right;
};
