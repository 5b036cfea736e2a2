#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* Sums in the order of TFLite's reference kernel, so that the result is the same number. */
KERNEL void fully_connected_float(const float *x, int inputs, const float *weights,
                                  const float *bias, int outputs, float low, float high, float *y)
{
    for (int row = 0; row < outputs; row++, weights += inputs) {
        float sum = 0.0f;
        for (int i = 0; i < inputs; i++) sum += x[i] * weights[i];
        sum += bias[row];
        y[row] = sum < low ? low : sum > high ? high : sum;
    }
}
