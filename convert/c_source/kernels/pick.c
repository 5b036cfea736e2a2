KERNEL void pick(const int8_t *x, const uint16_t *places, int count, int8_t *y)
{
    for (int i = 0; i < count; i++) y[i] = x[places[i]];
}
