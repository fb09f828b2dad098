"""Patch the sources of zlib-ng: with run lengths only, deflate tallies literals many at a time (literals.h)."""

import sys
from pathlib import Path

from sources import replaced, rewrite

RUN_LENGTHS = "deflate_rle.c"
HEADER = '#include "compare256_rle.h"'
ONE_LITERAL = """bflush = zng_tr_tally_lit(s, s->window[s->strstart]);
            s->lookahead--;
            s->strstart++;"""
LITERALS = "bflush = tally_literals(s);"


def with_literals(code: str) -> str:
    """Return the `code` of the run lengths, which leaves literals to literals.h."""
    code = replaced(code, HEADER, f'{HEADER}\n#include "literals.h"', RUN_LENGTHS)
    return replaced(code, ONE_LITERAL, LITERALS, RUN_LENGTHS)


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]) / RUN_LENGTHS, with_literals)
