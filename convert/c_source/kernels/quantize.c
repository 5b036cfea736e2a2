/* The nearest step, half away from zero; what is beyond the range goes to its end. */
KERNEL void quantize(const float *x, int count, float scale, int32_t zero_point, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        float steps = x[i] / scale;
        steps = steps > 512.0f ? 512.0f : steps >= -512.0f ? steps : -512.0f; /* NaN too */
        int32_t whole = (int32_t)steps;
        float rest = steps - (float)whole;
        whole += (rest >= 0.5f) - (rest <= -0.5f);
        y[i] = clamp(whole + zero_point, -128, 127);
    }
}
