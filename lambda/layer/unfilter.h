/* Undo the filters of a PNG row, one pixel at a time, with all of its channels in one vector.
 *
 * Each pixel depends on the one before it, so a row takes as long as the longest chain of instructions between two pixels.
 * The vectors are those of SSE2 or NEON, which every processor has.
 */

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#define LESSER(a, b) ((Levels)_mm_min_epi16((__m128i)(a), (__m128i)(b)))
#define GREATER(a, b) ((Levels)_mm_max_epi16((__m128i)(a), (__m128i)(b)))
#else
#include <arm_neon.h>
#define LESSER(a, b) ((Levels)vminq_s16((int16x8_t)(a), (int16x8_t)(b)))
#define GREATER(a, b) ((Levels)vmaxq_s16((int16x8_t)(a), (int16x8_t)(b)))
#endif

typedef UINT8 Bytes __attribute__((vector_size(8)));
typedef INT16 Levels __attribute__((vector_size(16))); /* the bytes of one pixel */

#define INLINE static inline __attribute__((always_inline))

enum { NONE, SUB, UP, AVERAGE, PAETH };

/* memcpy() of 3 or 6 bytes goes through the stack, so pixels of these sizes are copied in two parts. */
#define FIRST(bpp) ((bpp) == 3 ? 2 : (bpp) == 6 ? 4 : (bpp))

INLINE uint64_t
load(const UINT8 *from, int bpp) {
    uint64_t bytes = 0, rest = 0;
    memcpy(&bytes, from, FIRST(bpp));
    if (bpp == FIRST(bpp)) {
        return bytes;
    }
    memcpy(&rest, from + FIRST(bpp), bpp - FIRST(bpp));
    return bytes | rest << 8 * FIRST(bpp);
}

INLINE void
store(UINT8 *to, uint64_t bytes, int bpp) {
    memcpy(to, &bytes, FIRST(bpp));
    if (bpp != FIRST(bpp)) {
        bytes >>= 8 * FIRST(bpp);
        memcpy(to + FIRST(bpp), &bytes, bpp - FIRST(bpp));
    }
}

INLINE Levels
load_pixel(const UINT8 *from, int bpp) {
    return __builtin_convertvector((Bytes)load(from, bpp), Levels);
}

INLINE Levels
predict(int filter, Levels a, Levels b, Levels c) {
    if (filter == SUB) {
        return a;
    }
    if (filter == AVERAGE) {
        return (a + b) >> 1;
    }
    /* Paeth: the lesser of a and b if c is close to the greater or beyond, the greater if c is close to the lesser. */
    Levels bound = (3 * c - b) - a, low = LESSER(a, b), high = GREATER(a, b);
    Levels is_low = high <= bound, is_high = bound <= low;
    return (is_high & high) | (~is_high & ((is_low & low) | (~is_low & c)));
}

/* Undo one filter. The compiler makes a loop for each `filter` and number of bytes `bpp`. */
INLINE void
undo(int filter, UINT8 *restrict row, const UINT8 *restrict above, int length, int bpp) {
    Levels left = {0}, upper_left = {0};
    for (int i = 0; i + bpp <= length; i += bpp) {
        Levels upper = load_pixel(above + i, bpp);
        left = (load_pixel(row + i, bpp) + predict(filter, left, upper, upper_left)) & 255;
        upper_left = upper;
        store(row + i, (uint64_t)__builtin_convertvector(left, Bytes), bpp);
    }
}

/* A `call` for one number, which the compiler then knows. */
#define CASE(number, call) \
    case number:           \
        call;              \
        break;

INLINE void
undo_each(int filter, UINT8 *row, const UINT8 *above, int length, int bpp) {
    switch (filter) {
        CASE(SUB, undo(SUB, row, above, length, bpp))
        CASE(AVERAGE, undo(AVERAGE, row, above, length, bpp))
        CASE(PAETH, undo(PAETH, row, above, length, bpp))
    }
}

INLINE void
undo_up(UINT8 *restrict row, const UINT8 *restrict above, int length) {
    for (int i = 0; i < length; i++) {
        row[i] += above[i];
    }
}

/* Undo the filter of `row`, whose first byte says which one it is; `above` is the row before it.
 * Return the filter that is left to undo: none, or one that does not exist.
 */
INLINE int
unfilter(UINT8 *row, const UINT8 *above, int length, int bpp) {
    int filter = *row++;
    above++;
    if (filter == UP) {
        undo_up(row, above, length);
        return NONE;
    }
    if (filter > PAETH) {
        return filter;
    }
    switch (bpp) {
        CASE(1, undo_each(filter, row, above, length, 1))
        CASE(2, undo_each(filter, row, above, length, 2))
        CASE(3, undo_each(filter, row, above, length, 3))
        CASE(4, undo_each(filter, row, above, length, 4))
        CASE(6, undo_each(filter, row, above, length, 6))
        CASE(8, undo_each(filter, row, above, length, 8))
        default:
            return filter;
    }
    return NONE;
}
