/* What a sum gains from one output to the next: weight * x[offset]. */
struct change {
    int32_t weight;
    int32_t offset;
};

/* Outputs of one filter whose sums are made one from another; `sum` is the first. */
KERNEL void running(const int8_t *x, int count, int32_t sum, const struct change *changes,
                    int many, const struct filter *filter, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        int32_t value = rescale_positive(sum + filter->bias, *filter);
        y[i] = (int8_t)((value > 255 ? 255 : value) - 128);
        for (int k = 0; k < many; k++) sum += changes[k].weight * x[i + changes[k].offset];
    }
}
