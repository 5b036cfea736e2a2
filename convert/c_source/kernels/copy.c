HELPER void copy(const TVSCM_NUMBER *x, int count, TVSCM_NUMBER *y)
{
    int i = 0;
#if defined(__ARM_FEATURE_DSP)
    NO_UNROLL
    for (; i + 4 <= count; i += 4) store4(y + i, load4(x + i));
#endif
    NO_UNROLL
    for (; i < count; i++) y[i] = x[i];
}
