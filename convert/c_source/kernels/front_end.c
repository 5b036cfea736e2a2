/* The front end of keras_tvscm.ecg in the same integers. Right shifts of negative numbers are
   arithmetic, as everywhere. */

/* Once a sample or a beat: few bytes of flash are worth more here than speed. */
#if defined(__clang__)
#define SMALL static __attribute__((noinline, minsize))
#elif defined(__GNUC__)
#define SMALL static __attribute__((noinline, optimize("Os")))
#else
#define SMALL static
#endif

HELPER int32_t within(int32_t limit, int32_t number)
{
    return number < -limit ? -limit : number > limit ? limit : number;
}

HELPER int32_t size_of(int32_t number)
{
    return number < 0 ? -number : number;
}

HELPER int bits(uint32_t number)
{
    int count = 0;
    for (; number; number >>= 1) count++;
    return count;
}

/* To base 2, in 1/4096. */
SMALL int32_t logarithm(uint32_t number)
{
    int exponent = bits(number) - 1;
    int32_t fraction = (int32_t)(number << 12 >> exponent) - UNIT;
    return exponent * UNIT + fraction + (fraction * (UNIT - fraction) * 88 >> 20);
}

/* Of at most 32; of an even count the smaller of the two in the middle. */
SMALL uint16_t middle(const uint16_t *numbers, int count)
{
    uint16_t ordered[32];
    for (int i = 0; i < count; i++) {
        int place = i;
        for (; place > 0 && ordered[place - 1] > numbers[i]; place--)
            ordered[place] = ordered[place - 1];
        ordered[place] = numbers[i];
    }
    return ordered[(count - 1) / 2];
}

SMALL uint32_t square_root(uint32_t number)
{
    uint32_t root = 0;
    for (uint32_t bit = (uint32_t)1 << 30; bit; bit >>= 2) {
        if (number >= root + bit) {
            number -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

HELPER int32_t remembered(const STATE *state, int ago)
{
    int place = state->newest - ago;
    return state->memory[place < 0 ? place + MEMORY : place];
}

HELPER int32_t total_of(const int32_t *levels)
{
    int32_t total = 0;
    for (int i = 0; i < HISTORY; i++) total += levels[i];
    return total;
}

/* Detector. */

SMALL void set_threshold(STATE *state)
{
    int32_t noise = total_of(state->noise);
    int32_t above = (total_of(state->beats) - noise) * THRESHOLD >> 4;
    state->threshold = (noise + above) >> 3;
}

SMALL void set_patience(STATE *state)
{
    int total = 0;
    for (int i = 0; i < HISTORY; i++) total += state->rr[i];
    int patience = total * PATIENCE >> 7;
    state->patience = (uint16_t)(patience < FURTHEST ? patience : FURTHEST);
}

SMALL int accept(STATE *state, int32_t height, int age)
{
    int rr = state->since - age;
    state->rr[state->rr_place] = (uint8_t)(rr < LONGEST_RR ? rr : LONGEST_RR);
    state->rr_place = (uint8_t)((state->rr_place + 1) % HISTORY);
    set_patience(state);
    state->beats[state->beat_place] = height;
    state->beat_place = (uint8_t)((state->beat_place + 1) % HISTORY);
    set_threshold(state);
    state->since = (uint16_t)age;
    state->missed = 0;
    return age + DELAY;
}

SMALL int is_t_wave(const STATE *state, int32_t height, int distance)
{
    int32_t steep = 16 * state->steep;
    if (distance >= LATE_T_WAVE) return 0;
    if (steep < LATE_T_STEEPNESS * state->steepest) return 1;
    if (distance >= T_WAVE) return 0;
    return steep < T_STEEPNESS * state->steepest || 2 * HISTORY * height < total_of(state->beats);
}

SMALL int decide(STATE *state)
{
    int32_t height = state->height;
    int age = state->age;
    int t_wave = is_t_wave(state, height, state->since - age);
    state->height = 0;
    if (height > state->threshold && height > FLOOR && !t_wave) {
        state->steepest = state->steep;
        return accept(state, height, age);
    }
    if (height > state->missed && !t_wave) {
        state->missed = height;
        state->missed_age = (uint16_t)age;
    }
    state->noise[state->noise_place] = height;
    state->noise_place = (uint8_t)((state->noise_place + 1) % HISTORY);
    set_threshold(state);
    return 0;
}

HELPER void older(uint16_t *age)
{
    if (*age < 60000) ++*age;
}

/* How many samples ago a beat was that is certain now, or 0. */
SMALL int detect(STATE *state)
{
    int32_t slope = size_of(2 * (remembered(state, 0) - remembered(state, 4))
                            + remembered(state, 1) - remembered(state, 3));
    state->feature += slope - state->slopes[state->slope_place];
    state->slopes[state->slope_place] = slope;
    state->slope_place = (uint8_t)(state->slope_place + 1 < SMOOTHING ? state->slope_place + 1 : 0);
    older(&state->since);
    older(&state->age);
    older(&state->missed_age);
    if (state->feature > state->height && state->since > REFRACTORY) {
        state->height = state->feature;
        state->age = 0;
        state->steep = 0;
        for (int i = 0; i < SMOOTHING; i++)
            if (state->slopes[i] > state->steep) state->steep = state->slopes[i];
        return 0;
    }
    if (state->height && state->age >= REFRACTORY) {
        int ago = decide(state);
        if (ago) return ago;
    }
    if (state->since <= state->patience || !state->missed) return 0;
    if (state->missed_age > FURTHEST)
        state->missed = 0;
    else if (state->missed > FLOOR && 16 * state->missed > SEARCH_BACK * state->threshold)
        return accept(state, state->missed, state->missed_age);
    return 0;
}

/* The numbers of rhythm and shape. */

SMALL void describe_rhythm(STATE *state, int before, int after, ROW *row)
{
    before = before < SHORTEST ? SHORTEST : before > LONGEST ? LONGEST : before;
    after = after < SHORTEST ? SHORTEST : after > LONGEST ? LONGEST : after;
    int number = state->described;
    int32_t now = logarithm((uint32_t)before);
    int32_t then = number ? logarithm(state->previous_rr) : now;
    if (!number) state->slow_rr = (uint32_t)before << SLOW_BITS;
    state->changes[state->change_place] = (uint16_t)size_of(now - then);
    state->change_place = (uint8_t)((state->change_place + 1) % CONTEXT);
    state->near_rr[state->near_place] = (uint8_t)before;
    state->near_place = (uint8_t)((state->near_place + 1) % NEAR);
    state->previous_rr = (uint8_t)before;
    if (number < 1 << SLOW_BITS) state->described = (uint16_t)++number;
    int32_t change = (int32_t)((uint32_t)before << SLOW_BITS) - (int32_t)state->slow_rr;
    state->slow_rr += (uint32_t)(change >> (bits((uint32_t)number) - 1));

    int count = number < NEAR ? number : NEAR, total = 0, longest = 0, deviation = 0;
    for (int i = 0; i < count; i++) {
        total += state->near_rr[i];
        if (state->near_rr[i] > longest) longest = state->near_rr[i];
    }
    for (int i = 0; i < count; i++) deviation += size_of(count * state->near_rr[i] - total);
    int32_t mean = logarithm((uint32_t)total) - logarithm((uint32_t)count);
    store(row, TIMES, within(LIMIT, 2 * (now - mean)));
    store(row, TIMES + 1, within(LIMIT, 2 * (now - logarithm(state->slow_rr) + SLOW_BITS * UNIT)));
    store(row, TIMES + 2, within(LIMIT, 2 * (now - logarithm((uint32_t)longest))));
    store(row, TIMES + 3, within(LIMIT, 2 * (then - mean)));
    store(row, TIMES + 4, within(LIMIT, 2 * (logarithm((uint32_t)after) - mean)));
    store(row, TIMES + 5, within(LIMIT, 8 * UNIT * deviation / (count * total)));
    int known = number < CONTEXT ? number : CONTEXT;
    store(row, TIMES + 6, within(LIMIT, 4 * middle(state->changes, known)));
}

SMALL int32_t correlation(const int16_t *a, const int16_t *b, int count, int coarser)
{
    int32_t total_a = 0, total_b = 0, square_a = 0, square_b = 0, product = 0;
    for (int i = 0; i < count; i++) {
        int32_t x = within(1023, a[i] >> coarser), y = within(1023, b[i] >> coarser);
        total_a += x;
        total_b += y;
        square_a += x * x;
        square_b += y * y;
        product += x * y;
    }
    product = count * product - total_a * total_b;
    square_a = count * square_a - total_a * total_a;
    square_b = count * square_b - total_b * total_b;
    uint32_t norm = square_root((uint32_t)square_a) * square_root((uint32_t)square_b);
    if (!norm) return 0;
    int drop = bits(norm) - 18;
    drop = drop < 0 ? 0 : drop;
    uint32_t quotient = ((uint32_t)size_of(product) >> drop) * UNIT / (norm >> drop);
    int32_t size = quotient < UNIT ? (int32_t)quotient : UNIT;
    return product < 0 ? -size : size;
}

SMALL int32_t extent(const int16_t *numbers)
{
    int32_t least = numbers[0], most = numbers[0];
    for (int i = 1; i < P_COUNT; i++) {
        if (numbers[i] < least) least = numbers[i];
        if (numbers[i] > most) most = numbers[i];
    }
    return most - least;
}

SMALL int32_t width(const int16_t *beat)
{
    int32_t largest = 0;
    int count = 0;
    for (int i = WIDE; i < WIDE + WIDE_COUNT; i++)
        if (size_of(beat[i]) > largest) largest = size_of(beat[i]);
    for (int i = WIDE; i < WIDE + WIDE_COUNT; i++) count += 4 * size_of(beat[i]) > largest;
    return count;
}

/* `window` becomes the beat; `number` is how many beats have been described before. */
SMALL void describe_shape(STATE *state, int number, int16_t *window, ROW *row)
{
    int32_t least = window[QRS], most = window[QRS], level = 0;
    for (int i = QRS + 1; i < QRS + QRS_COUNT; i++) {
        if (window[i] < least) least = window[i];
        if (window[i] > most) most = window[i];
    }
    uint16_t amplitude = (uint16_t)(most - least);
    state->amplitudes[state->amplitude_place] = amplitude;
    state->amplitude_place = (uint8_t)((state->amplitude_place + 1) % AMPLITUDES);
    int32_t unit = middle(state->amplitudes, number < AMPLITUDES ? number + 1 : AMPLITUDES);
    if (unit < SMALLEST) unit = SMALLEST;
    for (int i = PR; i < PR + 8; i++) level += window[i];
    level >>= 3;
    int32_t reciprocal = ((int32_t)1 << 27) / unit;
    for (int i = 0; i < WINDOW; i++) {
        int32_t scaled = within(4 * unit, window[i] - level) * reciprocal >> 15;
        window[i] = (int16_t)within(LIMIT, scaled);
        if (!number) state->usual[i] = window[i];
        store(row, i, window[i]);
        store(row, WINDOW + i, within(LIMIT, window[i] - state->usual[i]));
    }
    int32_t ratio = logarithm(amplitude ? amplitude : 1) - logarithm((uint32_t)unit);
    store(row, SHAPE, within(LIMIT, 4 * correlation(window + QRS, state->usual + QRS, QRS_COUNT, 4)));
    store(row, SHAPE + 1, within(LIMIT, 4 * correlation(window + P, state->usual + P, P_COUNT, 2)));
    store(row, SHAPE + 2, within(LIMIT, 2 * ratio));
    store(row, SHAPE + 3, width(window) * UNIT / 8);
    store(row, SHAPE + 4, within(LIMIT, 4 * extent(state->usual + P)));
    store(row, SHAPE + 5, within(LIMIT, 4 * extent(window + P)));
    for (int i = 0; i < WINDOW; i++) {
        int32_t step = (within(LIMIT, window[i] - state->usual[i]) + 4) >> STEP_BITS;
        state->usual[i] = (int16_t)(state->usual[i] + within(STEP, step));
    }
}

/* The stream. */

SMALL void forget(STATE *state)
{
    uint8_t *bytes = (uint8_t *)state;
    for (unsigned i = 0; i < sizeof *state; i++) bytes[i] = 0;
    for (int i = 0; i < HISTORY; i++) state->rr[i] = FIRST_RR;
    set_patience(state);
    state->since = REFRACTORY;
}

/* A peak so many samples ago is a beat; R is where the signal is largest near it. */
SMALL void found(STATE *state, int ago)
{
    int32_t largest = -1;
    int aligned = ago;
    for (int i = ago + REALIGNED; i >= ago - REALIGNED; i--) {
        int32_t size = size_of(remembered(state, i));
        if (size > largest) {
            largest = size;
            aligned = i;
        }
    }
    if (state->waiting)
        state->next = (uint16_t)aligned;
    else
        state->waiting = (uint16_t)aligned;
}

SMALL void filter(STATE *state, int16_t sample)
{
    if (!state->begun) state->level = (int32_t)sample * UNIT;
    state->begun = 1;
    int32_t filtered = sample - (state->level >> 12);
    state->level += filtered * SHARE;
    state->newest = (uint16_t)(state->newest + 1 < MEMORY ? state->newest + 1 : 0);
    state->memory[state->newest] = (int16_t)(filtered < -32768   ? -32768
                                             : filtered > 32767 ? 32767
                                                                : filtered);
}

/* Takes a sample; if a beat is complete, writes its row and says how many samples ago R was. */
SMALL int complete(STATE *state, int16_t sample, ROW *row)
{
    filter(state, sample);
    if (state->last) older(&state->last);
    if (state->waiting) older(&state->waiting);
    if (state->next) older(&state->next);
    int ago = detect(state);
    if (ago) found(state, ago);
    int waiting = state->waiting;
    if (!waiting || waiting < AFTER || (!state->next && waiting < LONGEST)) return 0;

    int after = state->next ? waiting - state->next : LONGEST;
    int before = state->last ? state->last - waiting : after;
    int number = state->described;
    int16_t window[WINDOW];
    for (int i = 0; i < WINDOW; i++) window[i] = (int16_t)remembered(state, waiting + BEFORE - i);
    describe_rhythm(state, before, after, row);
    describe_shape(state, number, window, row);
    state->last = state->waiting;
    state->waiting = state->next;
    state->next = 0;
    return waiting;
}
