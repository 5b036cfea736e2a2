/* value * multiplier * 2^(left - right - 31), rounded as TFLite does: twice, half up and then
   half away from zero. Right shifts of negative numbers are arithmetic, as everywhere. */
HELPER int32_t rescale(int32_t value, int32_t multiplier, int left, int right)
{
    int64_t product = (int64_t)(int32_t)((uint32_t)value << left) * multiplier;
    int32_t high = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
    if (right == 0) return high;
    return (high + ((int32_t)1 << (right - 1)) - (high < 0)) >> right;
}

HELPER int8_t clamp(int32_t value, int32_t low, int32_t high)
{
    return (int8_t)(value < low ? low : value > high ? high : value);
}
