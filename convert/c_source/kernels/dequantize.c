KERNEL void dequantize(const int8_t *x, int32_t zero_point, int count, float scale, float *y)
{
    for (int i = 0; i < count; i++) y[i] = scale * (float)(x[i] - zero_point);
}
