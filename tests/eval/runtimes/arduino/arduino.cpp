// A board in a process: its serial port is standard input and output, and whatever it computes, an
// inference of the model "int8" takes 1,000 µs. Its argument is what is wrong with it.

#include "Arduino.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

SerialPort Serial;

static const char *fault = "none";
static unsigned long now, inferences;

static bool has(const char *name) { return !strcmp(fault, name); }

extern "C" void computed_predict(const int8_t *input, int8_t *output, void *scratch);

extern "C" void int8_predict(const int8_t *input, int8_t *output, void *scratch) {
  if (has("stops")) pause();
  computed_predict(input, output, scratch);
  if (has("miscomputes")) output[0] ^= 1;
  inferences++;
}

unsigned long micros() {
  if (inferences) {
    now += 1000 * inferences;
    inferences = 0;
    return now;
  }
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  now = time.tv_sec * 1000000ul + time.tv_nsec / 1000;
  if (has("slow clock")) now /= 2;
  return now;
}

void SerialPort::begin(unsigned long baud) {
  if (baud != 115200) exit(3);
  if (!has("boots")) return;
  // What was asked meanwhile waits to be answered.
  usleep(300000);
  write("\033[0mrst:0x1 (POWERON)\r\n\xff\xfe\r\nok\r\nerror 7\r\n");
}

int SerialPort::available() {
  if (has("deaf")) pause();
  if (has("another")) {
    usleep(20000);
    write("Hello, world\r\n");
    return 0;
  }
  pollfd input = {0, POLLIN, 0};
  return poll(&input, 1, 100);
}

int SerialPort::read() {
  char byte;
  if (::read(0, &byte, 1) != 1) exit(0);
  // No word of the protocol has this letter: it comes in hexadecimal alone.
  return has("bad line") && byte == 'f' ? 'e' : byte;
}

size_t SerialPort::write(const char *text) {
  char copy[256];
  strncpy(copy, text, sizeof copy - 1);
  char *version = strstr(copy, "tvscm-board 1");
  if (version && has("old")) version[12] = '0';
  return ::write(1, copy, strlen(copy));
}

int main(int count, char **arguments) {
  if (count > 1) fault = arguments[1];
  setup();
  for (;;) loop();
}
