/* What comes next starts from this pointer only when the sum is there: compilers that load far
   ahead, or turn several pointers into one index, run out of registers. */
#if defined(__GNUC__)
#define IN_TURN(pointer, sum) __asm__("" : "+r"(pointer), "+r"(sum))
#else
#define IN_TURN(pointer, sum) ((void)0)
#endif

#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>

/* Four bytes from or to any address; compilers make one access of it where the core can. */
static inline uint32_t load4(const int8_t *x)
{
    const uint8_t *bytes = (const uint8_t *)x;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static inline void store4(int8_t *y, uint32_t word)
{
    uint8_t *bytes = (uint8_t *)y;
    bytes[0] = (uint8_t)word;
    bytes[1] = (uint8_t)(word >> 8);
    bytes[2] = (uint8_t)(word >> 16);
    bytes[3] = (uint8_t)(word >> 24);
}

/* Fewer than four bytes, and zeros. */
static inline uint32_t load_some(const int8_t *x, int count)
{
    uint32_t word = 0;
    while (count > 0) word = word << 8 | (uint8_t)x[--count];
    return word;
}

/* Rotated by a byte, which the instruction that reads it does on the way. GCC 12 has no __ror. */
#define ROTATED(word) ((word) >> 8 | (word) << 24)

/* Bytes 0 and 2, and bytes 1 and 3, of a word as two int16. */
#define EVEN(word) __sxtb16((int8x4_t)(word))
#define ODD(word) __sxtb16((int8x4_t)ROTATED(word))
#endif
