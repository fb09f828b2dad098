/* Tally literals many at a time, up to the next run, instead of one by one. */

#include <string.h>

typedef uint8_t Bytes __attribute__((vector_size(16)));
typedef uint64_t Halves __attribute__((vector_size(16)));

static inline Bytes
load(const uint8_t *from) {
    Bytes bytes;
    memcpy(&bytes, from, sizeof(bytes));
    return bytes;
}

/* Return how many of the first `most` bytes come before a run: a byte that equals the one before it and the next two. */
static inline uint32_t
count_literals(const uint8_t *bytes, uint32_t most) {
    for (uint32_t i = 0; i < most; i += sizeof(Bytes)) {
        Bytes here = load(bytes + i);
        Bytes equal = (here == load(bytes + i - 1)) & (here == load(bytes + i + 1)) & (here == load(bytes + i + 2));
        Halves runs = (Halves)equal;
        if (runs[0] | runs[1]) {
            uint32_t start = i + (runs[0] ? __builtin_ctzll(runs[0]) / 8 : 8 + __builtin_ctzll(runs[1]) / 8);
            return start < most ? start : most;
        }
    }
    return most;
}

/* Tally the literals up to the next run, at least one. Return whether the current block must be flushed.
 *
 * As before, the window is filled when STD_MAX_MATCH bytes are left in it, so the output is the same.
 */
static inline int
tally_literals(deflate_state *s) {
    const uint8_t *literals = s->window + s->strstart;
    uint32_t count = 1, room = s->sym_end - s->sym_next;
    if (s->lookahead > STD_MAX_MATCH && s->strstart > 0) {
        uint32_t most = s->lookahead - STD_MAX_MATCH;
        count = count_literals(literals, most < room ? most : room);
    }
    memset(s->d_buf + s->sym_next, 0, count * sizeof(*s->d_buf));
    memcpy(s->l_buf + s->sym_next, literals, count);
    for (uint32_t i = 0; i < count; i++) {
        s->dyn_ltree[literals[i]].Freq++;
    }
    s->sym_next += count;
    s->lookahead -= count;
    s->strstart += count;
    return s->sym_next == s->sym_end;
}
