/* Names that differ by instruction set, and by the width of a vector in bytes, too. */
#define F(name) F_(name, SET)
#define F_(name, set) F__(name, set)
#define F__(name, set) name##_##set
#define V(name) V_(name, WIDTH, SET)
#define V_(name, width, set) V__(name, width, set)
#define V__(name, width, set) name##_##width##_##set

/* Of the narrowest vectors. */
#define N(name) V_(name, 16, SET)

/* The int16 numbers of a vector of WIDTH bytes. */
#define LANES (WIDTH / 2)

/* In the caller's memory, of whatever type that is. */
typedef int16_t short_t __attribute__((may_alias));

/* From a filter's sum to its output: (sum + bias) * multiplier / 2^(31 + right), `half` added for
   TFLite's two roundings; or in floats (sum + start) * factor, and `more` where that is `odd`. */
struct scale {
    int32_t bias, multiplier, right;
    int64_t half;
    int32_t start;
    float factor;
    int32_t odd, more;
};

/* A plane, and `more` numbers on either side of it that go round. */
INLINE void extend(const int8_t *x, int count, int more, int8_t *y)
{
    __builtin_memcpy(y + more, x, (unsigned)count);
    for (int left = more; left > 0; left -= count) {
        int part = left < count ? left : count;
        __builtin_memcpy(y + left - part, x + count - part, (unsigned)part);
    }
    for (int done = 0; done < more; done += count) {
        int part = more - done < count ? more - done : count;
        __builtin_memcpy(y + more + count + done, x, (unsigned)part);
    }
}
