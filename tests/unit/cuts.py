"""Cut a file at many places, put something behind, and count what is accepted with other pixels."""

from collections.abc import Iterator

from imaging.decode import decode
from imaging.rejection import Rejected

STEPS = 20  # of 5%


def cut(content: bytes, end: bytes) -> Iterator[bytes]:
    """Yield `content` cut at each step: with nothing behind, with zeros up to its length, and with an end marker."""
    for step in range(1, STEPS):
        part = content[: len(content) * step // STEPS]
        yield from (part, part.ljust(len(content), b"\0"), part + end)


def count_accepted_with_other_pixels(content: bytes, files: Iterator[bytes]) -> int:
    """Return how many of `files` are accepted, though they do not show what `content` shows."""
    expected = pixels(content)
    return sum(pixels(file) not in (expected, None) for file in files)


def pixels(content: bytes) -> list[bytes] | None:
    """Return the pixels of each frame, or None if the file is rejected."""
    try:
        picture = decode(content)
    except Rejected:
        return None
    return [frame.picture.tobytes() for frame in picture.frames()] if picture.frames else [picture.still.tobytes()]


def code_of(content: bytes) -> str | None:
    """Return the code with which `content` is rejected, or None if it is accepted."""
    try:
        decode(content)
    except Rejected as rejected:
        return rejected.code
    return None
