"""Frames to an AVIF sequence, one at a time: Pillow's save_all takes all frames at once."""

import re
import struct
from collections.abc import Iterable

from PIL import _avif

from imaging.model import ShownFrame

TRACK_DURATION = 4 + 8 + 8 + 4 + 4  # where it is in a tkhd box of version 1, which libavif writes
MAX_DURATION = (1 << 64) - 2  # one more means forever
# Of Pillow's encoder, after quality and speed: one thread; the default codec; tiles as libavif chooses them; alpha that
# isn't premultiplied; no profile. Chromium shows the limited range right in sequences, and the full range with too much
# contrast.
OPTIONS = (1, "auto", "limited", 0, 0, False, True, b"")


def animated_avif(
    frames: Iterable[ShownFrame], loop_count: int, quality: int, speed: int, exif: bytes = b"", xmp: bytes = b""
) -> bytes:
    """Return an AVIF sequence of `frames`, RGBA pictures of one size that are shown `loop_count` times (0: forever).

    Source: ISO/IEC 14496-12 (tkhd, elst).
    """
    encoder, duration = None, 0
    for frame in frames:
        size = frame.picture.size
        encoder = encoder or _avif.AvifEncoder(size, "4:2:0", quality, speed, *OPTIONS, exif, 1, xmp, None)
        encoder.add(frame.picture.tobytes(), frame.milliseconds, size, frame.picture.mode, False)
        duration += frame.milliseconds
    content = bytes(encoder.finish()) if encoder else b""
    return with_duration(content, min(loop_count * duration, MAX_DURATION)) if loop_count else content


def with_duration(content: bytes, duration: int) -> bytes:
    """Return a sequence of libavif, which writes endless ones, with tracks that last `duration` milliseconds.

    Each track's edit list repeats the frames until then.
    """
    head, kind, *tracks = re.split(b"(tkhd)", content)
    for track in tracks[::2]:
        head += kind + track[:TRACK_DURATION] + struct.pack(">Q", duration) + track[TRACK_DURATION + 8 :]
    return head
