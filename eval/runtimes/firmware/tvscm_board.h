/* Models on a board, timed from a host over a serial line; part of keras-tvscm, whose guide
   "A board" describes the protocol. */

#ifndef TVSCM_BOARD_H_
#define TVSCM_BOARD_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Hand it every byte that arrives. At the end of a line it does what the line asks, and answers. */
void tvscm_board_byte(int byte);

/* These three are the board's: define them. */
void tvscm_board_write(const char *text);       /* send it to the host */
uint32_t tvscm_board_ticks(void);               /* of a timer that counts up through all 32 bits */
uint32_t tvscm_board_ticks_per_second(void);

/* These are in tvscm_models.c, which `tvscm board-firmware` writes. */
struct tvscm_model {
    const char *name;
    const char *sha256;                         /* of the .tflite file, by which a host knows it */
    void (*run)(void);                          /* one inference, from input to output */
    uint8_t *input, *output;
    uint32_t input_bytes, output_bytes;
};
extern const char tvscm_board_name[];
extern const struct tvscm_model tvscm_models[];
extern const uint32_t tvscm_model_count;

#ifdef __cplusplus
}
#endif

#endif /* TVSCM_BOARD_H_ */
