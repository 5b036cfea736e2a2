/* What the front end remembers of an ECG. */
typedef struct {
    int32_t level;                     /* of the high-pass filter, in 1/4096 */
    int32_t slopes[@SMOOTHING@], feature;       /* the last slopes' sizes, and their sum */
    int32_t beats[@HISTORY@], noise[@HISTORY@];          /* the features that were largest */
    int32_t threshold, steepest;
    int32_t height, steep, missed;
    uint32_t slow_rr;                  /* in 1/256 sample */
    int16_t memory[@MEMORY@];              /* filtered samples */
    int16_t usual[@WINDOW@];               /* the patient's usual beat, in 1/4096 */
    uint16_t amplitudes[@AMPLITUDES@], changes[@CONTEXT@]; /* of beats, and of log2 RR in 1/4096 */
    uint16_t newest;                   /* place in `memory` */
    uint16_t since, age, missed_age;   /* samples since the peaks that the detector remembers */
    uint16_t patience;
    uint16_t last, waiting, next;      /* samples since R; 0: there is no such beat */
    uint16_t described;                /* beats, up to 256 */
    uint8_t rr[@HISTORY@], near_rr[@NEAR@], previous_rr;
    uint8_t slope_place, beat_place, noise_place, rr_place;
    uint8_t near_place, change_place, amplitude_place, begun;
} @STATE@;
