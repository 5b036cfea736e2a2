#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>

/* Four bytes from any address; compilers make one load of it where the core can. */
static inline uint32_t load4(const int8_t *x)
{
    const uint8_t *bytes = (const uint8_t *)x;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Bytes 0 and 2, and bytes 1 and 3, of a word as two int16. */
#define EVEN(word) __sxtb16((int8x4_t)(word))
#define ODD(word) __sxtb16((int8x4_t)__ror(word, 8))
#endif
