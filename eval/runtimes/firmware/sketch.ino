// Models on an Arduino board, timed by keras-tvscm over its serial port: README.md says how.

#include "tvscm_board.h"

void tvscm_board_write(const char *text) { Serial.write(text); }

uint32_t tvscm_board_ticks(void) { return micros(); }

uint32_t tvscm_board_ticks_per_second(void) { return 1000000; }

void setup() { Serial.begin(115200); }

void loop() {
  while (Serial.available() > 0) tvscm_board_byte(Serial.read());
}
