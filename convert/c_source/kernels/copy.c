static inline void copy(const TVSCM_NUMBER *x, int count, TVSCM_NUMBER *y)
{
    for (int i = 0; i < count; i++) y[i] = x[i];
}
