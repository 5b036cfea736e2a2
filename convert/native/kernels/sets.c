#if !defined TVSCM_MOST
#define TVSCM_MOST 3
#endif

#if defined(__x86_64__) && TVSCM_MOST > 0
#include <cpuid.h>
#include <immintrin.h>
#define X86 1
#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(__ARM_BIG_ENDIAN) && TVSCM_MOST > 0
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#define ARM 1
#elif defined(__wasm_simd128__) && TVSCM_MOST > 0
#include <wasm_simd128.h>
#define WASM 1
#endif

/* The filters' values where their sums are rescaled in floats, and where not. */
#if X86 || WASM
#define UP(value, by) ((value) * (1 << (by)))
#else
#define UP(value, by) (value)
#endif

/* What compilers may not look through: constants stay in memory, where several share a load. */
#if ARM
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))
#else
#define OPAQUE(pointer) ((void)0)
#endif

/* On arm64 two registers at a time, which GCC would keep in memory. */
#if ARM && defined(__clang__)
#define BASE_WIDEST 32
#else
#define BASE_WIDEST 16
#endif

#if X86 || ARM
#define SET 1
#else
#define SET 0
#endif
#define WIDEST BASE_WIDEST
#define DOT_PRODUCT 0
#include FILE
#undef SET
#undef WIDEST
#undef DOT_PRODUCT

#if X86 && TVSCM_MOST > 1
#define SET 2
#define WIDEST 32
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#include FILE
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef SET
#undef WIDEST
#endif

#if X86 && TVSCM_MOST > 2
#define SET 3
#define WIDEST 64
#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")
#endif
#include FILE
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef SET
#undef WIDEST
#endif

#if ARM && TVSCM_MOST > 1
#define SET 2
#define WIDEST BASE_WIDEST
#define DOT_PRODUCT 1
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif
#include FILE
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef SET
#undef WIDEST
#undef DOT_PRODUCT
#endif

#if X86
/* What the processor has, and the system keeps the registers of: 1, 2 with AVX2, 3 with AVX-512
   and VNNI. */
static int instruction_set(void)
{
    unsigned a, b, c, d, kept, ignored;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 1;
    __asm__("xgetbv" : "=a"(kept), "=d"(ignored) : "c"(0));
    if ((kept & 6) != 6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) return 1;
    const unsigned wide = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    return (kept & 0xe6) == 0xe6 && (b & wide) == wide && (c & bit_AVX512VNNI) ? 3 : 2;
}
#elif ARM
/* 2 where the processor has dot products, else 1. */
static int instruction_set(void)
{
#if defined(__ARM_FEATURE_DOTPROD)
    return 2;
#elif defined(__linux__)
    return getauxval(AT_HWCAP) & 1 << 20 ? 2 : 1; /* HWCAP_ASIMDDP */
#else
    return 1;
#endif
}
#endif
