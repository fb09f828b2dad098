"""Encode frames as an AVIF sequence, one at a time. Pillow's save_all keeps all frames in memory."""

import re
import struct
from collections.abc import Iterable

from PIL import _avif

from imaging.model import ShownFrame

TRACK_DURATION = 4 + 8 + 8 + 4 + 4  # its offset in a tkhd box of version 1, as libavif writes it
MAX_DURATION = (1 << 64) - 2  # the next higher value means forever
# Arguments of Pillow's encoder after quality and speed: one thread, the default codec, limited range, libavif's choice
# of tiles, alpha that isn't premultiplied, no profile. Chromium shows full range in sequences with too much contrast.
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
    """Return the sequence in `content`, which libavif wrote as an endless one, with `duration` milliseconds.

    The edit list of each track repeats the frames until the duration of the track ends.
    """
    head, kind, *tracks = re.split(b"(tkhd)", content)
    for track in tracks[::2]:
        head += kind + track[:TRACK_DURATION] + struct.pack(">Q", duration) + track[TRACK_DURATION + 8 :]
    return head
