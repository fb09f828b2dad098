"""AVIF files: Pillow's libavif decodes; the boxes say what Pillow doesn't: colors, times, and what is missing."""

from functools import partial

from PIL import AvifImagePlugin, Image  # noqa: F401 - the plugin registers itself

from imaging import limits
from imaging.formats import properties
from imaging.formats.items import read_primary
from imaging.formats.pillow import load_frames_with_pillow, load_with_pillow
from imaging.formats.tracks import read_sequence
from imaging.model import Frame, Source, in_turn

# Bytes of memory and microseconds of a processor for each pixel with alpha: measured on noise of 12 bits.
ALPHA_BYTES, ALPHA_MICROSECONDS = 17, 0.25
KEPT_BYTES = 40  # for each pixel of a sequence: dav1d keeps up to eight frames of 8 bits to predict others from


def read(content: bytes) -> Source:
    """Read an AVIF file.

    Source: AV1 Image File Format 1.1.

    Raises:
        Rejected: it is truncated, or contradicts itself.
    """
    if content[8:12] == b"avis":
        return _animation(content)
    primary = read_primary(content, whole=False)  # browsers show it without what follows it
    size = properties.crop(primary.properties, primary.size)
    return Source(
        size,
        [Frame((0, 0, *size))],
        in_turn(partial(_still, content, primary.size, size)),
        profile=properties.profile(primary.properties, primary.coded_colors),
        orientation=properties.orientation(primary.properties),
        decoded_size=primary.largest,
        bytes_per_pixel=ALPHA_BYTES if primary.alpha else 0,
        microseconds=ALPHA_MICROSECONDS if primary.alpha else 0,
    )


def _animation(content: bytes) -> Source:
    """Return the track of pictures, without the still that stands for it elsewhere."""
    sequence = read_sequence(content, limits.MAX_FRAMES + 1)
    is_deep = properties.has_high_bit_depth(sequence.properties)
    return Source(
        sequence.size,
        [Frame((0, 0, *sequence.size), milliseconds) for milliseconds in sequence.milliseconds],
        partial(load_frames_with_pillow, "AVIF", content, sequence.size, len(sequence.milliseconds)),
        loop_count=sequence.loop_count,
        profile=properties.profile(sequence.properties, sequence.coded_colors),
        orientation=properties.orientation(sequence.properties),
        kept_bytes=sequence.size[0] * sequence.size[1] * (2 * KEPT_BYTES if is_deep else KEPT_BYTES),
    )


def _still(content: bytes, decoded: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    picture = load_with_pillow("AVIF", content, decoded)
    return picture if size == decoded else picture.crop((0, 0, *size))
