/* The board's side of the protocol; part of keras-tvscm. See tvscm_board.h. */

#include "tvscm_board.h"

#include <stdlib.h>
#include <string.h>

#define VERSION "1"

/* Compilers say no more of how they optimise. */
#if defined __OPTIMIZE_SIZE__
#define BUILT "size"
#elif defined __OPTIMIZE__
#define BUILT "speed"
#else
#define BUILT "debugging"
#endif

static const struct tvscm_model *model = tvscm_models;
static char line[160]; /* full: the line is too long */
static uint32_t length;
static char reply[256];
static volatile uint32_t spun = 1; /* read and written, so that the work is done in between */

static void say(const char *text)
{
    strncat(reply, text, sizeof reply - strlen(reply) - 2); /* the line's end still fits */
}

static void say_number(uint32_t number, uint32_t base)
{
    char digits[11];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    say(" ");
    say(first);
}

/* CRC-32 as zlib has it. */
static uint32_t crc32(const uint8_t *bytes, uint32_t count)
{
    uint32_t crc = UINT32_MAX;
    while (count--) {
        crc ^= *bytes++;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ UINT32_C(0xEDB88320) : crc >> 1;
        }
    }
    return ~crc;
}

static int hex_digit(char digit)
{
    const char *all = "0123456789abcdef";
    const char *place = digit ? strchr(all, digit) : NULL;
    return place ? (int)(place - all) : -1;
}

/* The answers: they put it into `reply`, or give the reason why there is none. */

static const char *hello(uint32_t tag)
{
    say_number(tag, 10);
    say(" tvscm-board " VERSION);
    say_number(tvscm_board_ticks_per_second(), 10);
    say_number(tvscm_model_count, 10);
    say(" " BUILT " ");
    say(tvscm_board_name);
    return NULL;
}

static const char *choose(uint32_t number)
{
    if (number >= tvscm_model_count) return "no such model";
    model = &tvscm_models[number];
    say(" ");
    say(model->sha256);
    say_number(model->input_bytes, 10);
    say_number(model->output_bytes, 10);
    say(" ");
    say(model->name);
    return NULL;
}

static const char *set(uint32_t offset, const char *hex)
{
    uint32_t count = (uint32_t)strlen(hex) / 2;
    if (offset > model->input_bytes || count > model->input_bytes - offset) {
        return "beyond the input";
    }
    for (uint32_t i = 0; i < count; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return "not hexadecimal";
        model->input[offset + i] = (uint8_t)(high << 4 | low);
    }
    return NULL;
}

static const char *run(uint32_t times)
{
    uint32_t start = tvscm_board_ticks();
    while (times--) model->run();
    say_number(tvscm_board_ticks() - start, 10);
    say_number(crc32(model->input, model->input_bytes), 16);
    say_number(crc32(model->output, model->output_bytes), 16);
    return NULL;
}

/* Work of which no model knows: an xorshift, round after round. */
static const char *spin(uint32_t rounds)
{
    uint32_t start = tvscm_board_ticks();
    uint32_t state = spun;
    while (rounds--) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
    }
    spun = state;
    say_number(tvscm_board_ticks() - start, 10);
    return NULL;
}

/* `WORD NUMBER`, or `WORD NUMBER MORE`. */
static const char *answer(char *word)
{
    char *space = strchr(word, ' ');
    if (!space) return "expected a word and a number";
    char *rest;
    uint32_t number = (uint32_t)strtoul(space + 1, &rest, 10);
    if (rest == space + 1) return "expected a word and a number";
    *space = 0;
    if (*rest == ' ') rest++;
    if (!strcmp(word, "hello")) return hello(number);
    if (!strcmp(word, "model")) return choose(number);
    if (!strcmp(word, "set")) return set(number, rest);
    if (!strcmp(word, "run")) return run(number);
    if (!strcmp(word, "spin")) return spin(number);
    return "unknown word";
}

void tvscm_board_byte(int byte)
{
    if (byte == '\r') return;
    if (byte != '\n') {
        if (length < sizeof line) line[length++] = (char)byte;
        return;
    }
    if (length == 0) return;
    const char *reason = "the line is too long";
    strcpy(reply, "ok");
    if (length < sizeof line) {
        line[length] = 0;
        reason = answer(line);
    }
    length = 0;
    if (reason) {
        strcpy(reply, "error ");
        say(reason);
    }
    strcat(reply, "\n");
    tvscm_board_write(reply);
}
