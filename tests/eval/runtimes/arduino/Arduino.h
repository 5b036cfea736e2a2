// Of an Arduino core, what the sketch uses.
#pragma once

#include <stddef.h>
#include <stdint.h>

unsigned long micros();

struct SerialPort {
  void begin(unsigned long baud);
  int available();
  int read();
  size_t write(const char *text);
};
extern SerialPort Serial;

void setup();
void loop();
