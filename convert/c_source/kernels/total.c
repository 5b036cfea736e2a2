HELPER int32_t total(const int8_t *x, int count)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++) sum += x[i];
    return sum;
}
