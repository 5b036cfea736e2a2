/* A firmware for QEMU's mps2 boards: runs the rows and prints, one line each, the ticks that
   an inference took and its output, in hexadecimal. See qemu.py, which writes the rows. */
#include <stddef.h>
#include <stdint.h>

#include "rows.h"

#define COUNTER (*(volatile uint32_t *)0x40000004) /* CMSDK APB timer 0, counting down */
#define RELOAD (*(volatile uint32_t *)0x40000008)
#define CONTROL (*(volatile uint32_t *)0x40000000)
#define CPACR (*(volatile uint32_t *)0xE000ED88)

/* What a compiler may call without being asked to; no C library is linked. */
#define PLAIN __attribute__((optimize("no-tree-loop-distribute-patterns")))

PLAIN void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; i++) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
  return to;
}

PLAIN void *memset(void *to, int value, size_t size) {
  for (size_t i = 0; i < size; i++) ((uint8_t *)to)[i] = (uint8_t)value;
  return to;
}

typedef void predict(const GIVEN *input, RESULT *output, void *scratch);

static uint64_t scratch[SCRATCH_BYTES / 8 + 1];
static uint64_t output[OUTPUT_SIZE * sizeof(RESULT) / 8 + 1];

void start(void);
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[] = {
    0x20400000, (uintptr_t)start};

static void semihost(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void print(uint32_t value, int digits, char end) {
  char text[10];
  for (int i = 0; i < digits; i++) text[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
  text[digits] = end;
  text[digits + 1] = 0;
  semihost(0x04, text); /* SYS_WRITE0 */
}

static void nothing(const GIVEN *input, RESULT *out, void *working) {
  (void)input, (void)out, (void)working;
}

/* The same instructions around every call, so that they can be subtracted. */
__attribute__((noinline)) static uint32_t ticks(predict *volatile called, const void *row) {
  predict *call = called;
  uint32_t before = COUNTER;
  call(row, (RESULT *)output, scratch);
  return before - COUNTER;
}

void start(void) {
#ifdef __ARM_FP
  CPACR |= 0xFu << 20;
  __asm__ volatile("dsb\n\tisb");
#endif
  RELOAD = 0xFFFFFFFF;
  COUNTER = 0xFFFFFFFF;
  CONTROL = 1;
  for (int i = 0; i < ROWS; i++) {
    uint32_t none = ticks(nothing, rows[i]);
    print(ticks(PREDICT, rows[i]) - none, 8, ' ');
    for (unsigned j = 0; j < OUTPUT_SIZE * sizeof(RESULT); j++)
      print(((const uint8_t *)output)[j], 2, ' ');
    semihost(0x04, "\n");
  }
  semihost(0x18, (const void *)0x20026); /* SYS_EXIT, ADP_Stopped_ApplicationExit */
}
