/* Takes a sample; the number of outputs that are known then, 0 or 1. */
int @NAME@(@NAME@_state *state, int16_t sample, int16_t *output)
{
    static const int16_t phases[UP][TAPS] = {
@PHASES@
    };
    if (!state->begun) {
        /* As if the first sample had stood before the signal. */
        for (int i = 0; i < TAPS; i++) state->samples[i] = sample;
        state->wait = BEFORE + 1;
        state->begun = 1;
    }
    state->samples[state->place] = sample;
    state->place = (uint8_t)(state->place + 1 < TAPS ? state->place + 1 : 0);
    if (--state->wait) return 0;

    int32_t sum = 1 << 14;
    int place = state->place; /* of the oldest */
    for (int i = 0; i < TAPS; i++) {
        sum += (int32_t)phases[state->phase][i] * state->samples[place];
        place = place + 1 < TAPS ? place + 1 : 0;
    }
    sum >>= 15; /* arithmetic, as everywhere */
    *output = (int16_t)(sum < -32768 ? -32768 : sum > 32767 ? 32767 : sum);
    state->rest = (uint16_t)(state->rest + DOWN);
    state->wait = (uint8_t)(state->rest / UP);
    state->rest = (uint16_t)(state->rest % UP);
    state->phase = (uint8_t)(state->phase + 1 < UP ? state->phase + 1 : 0);
    return 1;
}
