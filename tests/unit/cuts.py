"""Truncate a file at many places, append something, and list what is accepted with other pixels."""

from collections.abc import Iterator

from imaging.decode import decode, recognize
from imaging.rejection import Rejected

# What marks the end of a file of each format. In a BMP, it ends run lengths. The other formats have only lengths.
END_MARKERS = {"JPEG": b"\xff\xd9", "PNG": b"\0\0\0\0IEND\xaeB`\x82", "GIF": b"\0;", "BMP": b"\0\1"}


def cuts(content: bytes, steps: int = 20) -> Iterator[tuple[str, bytes]]:
    """Yield `content` truncated at each step, by name; also with zeros up to its length, and with an end marker."""
    end = END_MARKERS.get(recognize(content).name, b"")
    for step in range(1, steps):
        length = len(content) * step // steps
        part = content[:length]
        yield f"{length}, nothing", part
        yield f"{length}, zeros", part.ljust(len(content), b"\0")
        yield f"{length}, end marker", part + end


def accepted_with_other_pixels(content: bytes, files: Iterator[tuple[str, bytes]]) -> list[str]:
    """Return the names of those `files` that are accepted with other pixels than those of `content`."""
    expected = pixels(content)
    return [name for name, file in files if pixels(file) not in (expected, None)]


def pixels(content: bytes) -> list[bytes] | None:
    """Return the pixels of each frame, with premultiplied alpha, or None if the file is rejected."""
    try:
        picture = decode(content)
    except Rejected:
        return None
    frames = [frame.picture for frame in picture.frames()] if picture.frames else [picture.still]
    return [frame.convert("RGBA").convert("RGBa").tobytes() for frame in frames]


def code_of(content: bytes) -> str | None:
    """Return the code with which `content` is rejected, or None if it is accepted."""
    try:
        decode(content)
    except Rejected as rejected:
        return rejected.code
    return None
