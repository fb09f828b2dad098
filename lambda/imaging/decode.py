"""Decode an upload to one upright sRGB picture within the limits, or raise Rejected with the reason."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import islice
from math import prod
from warnings import simplefilter

from PIL import Image

from imaging import limits
from imaging.color import in_8_bits, in_srgb
from imaging.formats import GZIP, INPUT_FORMATS, UNSUPPORTED_FORMATS, InputFormat, is_available
from imaging.limits import Decoding
from imaging.model import Disposal, Picture, ShownFrame, Source
from imaging.rejection import Rejected, compressed, left_out, not_an_image, unsupported

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

MIN_MILLISECONDS = 11  # browsers show frames of 10 ms or less for 100 ms
DEFAULT_MILLISECONDS = 100

# A backstop after check_size(): Pillow raises an error instead of its warning.
Image.MAX_IMAGE_PIXELS = limits.ROOM // limits.OPAQUE.bytes_per_pixel
simplefilter("error", Image.DecompressionBombWarning)


def decode(content: bytes, with_rights: bool = False) -> Picture:
    """Return the picture in `content`; `with_rights` adds its artist and copyright.

    Everything in it has been decoded once: later, it can be rejected only if a variant needs more memory.

    Raises:
        Rejected: `content` isn't a picture in an input format, is damaged, or exceeds a limit.
        MemoryError: the memory is not enough, which is not the upload's fault.
    """
    limits.check_bytes(len(content))
    form = recognize(content)
    source = reader(form)(content)
    limits.check_scans(source.scans)
    decoding = cost(source, form, len(content))
    limits.check_size(max(source.size, source.decoded_size, key=prod), limits.OPAQUE, decoding)
    rights = import_module("imaging.rights").read_rights(form, content) if with_rights else None
    del content  # the source keeps the parts that it needs
    source, note = without_excess(source, decoding)
    try:
        picture = decode_frames(source, decoding)
    except Rejected as rejection:
        if source.fallback is None or rejection.code != "corrupt":
            raise
        picture = decode_frames(source.fallback, decoding)
    return replace(picture, note=note, rights=rights)


def recognize(content: bytes) -> InputFormat:
    """Return the format of `content`, detected by its first bytes.

    Raises:
        Rejected: it is none of the input formats.
    """
    for form in INPUT_FORMATS:
        if form.signature.match(content):
            return form
    if GZIP.match(content):
        raise compressed("by gzip", "without Content-Encoding: gzip")
    head = content[:4096]
    for name, signature in UNSUPPORTED_FORMATS.items():
        if re.match(signature, head, re.DOTALL):
            raise unsupported(name)
    raise not_an_image()


def reader(form: InputFormat) -> Callable[[bytes], Source]:
    """Return the function that reads files in `form`.

    Raises:
        Rejected: the layer leaves out the decoder.
    """
    if not is_available(form):
        raise left_out(form.name)
    read: Callable[[bytes], Source] = import_module(f"imaging.formats.{form.reader}").read
    return read


for each in INPUT_FORMATS:
    if not each.module:  # optional formats are imported with the first such file, all others with the function
        import_module(f"PIL.{each.plugin}")
        reader(each)


def cost(source: Source, form: InputFormat, file_bytes: int) -> Decoding:
    """Return the cost of decoding `source`, which is a file of `file_bytes` in `form`."""
    return Decoding(
        bytes_per_pixel=max(form.bytes_per_pixel, source.bytes_per_pixel),
        microseconds=max(form.microseconds, source.microseconds) + (source.scans - 1) * limits.SCAN,
        file_bytes=form.file_copies * file_bytes + source.kept_bytes,
        overhead=source.overhead,
    )


def without_excess(source: Source, decoding: Decoding) -> tuple[Source, str]:
    """Return `source`, reduced to its first frame if it is an animation over the limits, and a note that says so."""
    count = len(source.frames)
    if count == 1 or limits.allow_animation(source.areas, decoding):
        return source, ""
    frames = f"{count:,}" if count <= limits.MAX_FRAMES else f"more than {limits.MAX_FRAMES:,}"
    width, height = max(source.size, *(frame.size for frame in source.frames), key=prod)
    first = source._replace(frames=source.frames[:1], load=lambda: islice(source.load(), 1), loop_count=1)
    return first, f"first frame only: {frames} frames of {width:,} x {height:,} pixels"


def decode_frames(source: Source, decoding: Decoding) -> Picture:
    """Return the picture in `source`, after decoding each frame once.

    Raises:
        Rejected: a frame is damaged, or the picture with its transparency exceeds a limit.
    """
    frames = show(source)
    still = drop_opaque_alpha(next(frames).picture)
    if "A" in still.mode:
        limits.check_size(still.size, limits.TRANSPARENT, decoding)
    if len(source.frames) == 1:
        return Picture(still)
    for _ in frames:
        pass
    pixels = sum(source.areas)
    held = limits.held_bytes(pixels, decoding)
    return Picture(still, partial(show, source), source.loop_count, held=held, pixels=pixels)


def convert_to_srgb(picture: Image.Image, source: Source) -> Image.Image:
    """Convert the colors of `picture` from the profile of its source to sRGB."""
    return in_srgb(picture, source.profile)


def turn_upright(picture: Image.Image, source: Source) -> Image.Image:
    """Turn and mirror `picture` according to the EXIF orientation of its source."""
    return picture.transpose(TURNS[source.orientation]) if source.orientation in TURNS else picture


def drop_metadata(picture: Image.Image, _source: Source) -> Image.Image:
    """Remove everything except the pixels: metadata, the file, and its decoder."""
    picture = picture._new(picture.im)
    picture.info = {}
    return picture


# The steps for each composed frame, in this order.
STEPS = (convert_to_srgb, turn_upright, drop_metadata)


def show(source: Source) -> Iterator[ShownFrame]:
    """Yield each frame of `source` as a viewer sees it."""
    pictures = compose(source)
    for frame in source.frames:
        picture = next(pictures)  # zip() would keep the picture in memory while it is converted
        for step in STEPS:
            picture = step(picture, source)
        milliseconds = frame.milliseconds if frame.milliseconds >= MIN_MILLISECONDS else DEFAULT_MILLISECONDS
        yield ShownFrame(picture, milliseconds)


def compose(source: Source) -> Iterator[Image.Image]:
    """Yield the canvas (RGBA) after each frame; a frame that fills the canvas of a still is not copied.

    Pixels of a frame that are outside of the canvas are lost.
    """
    pictures = map(in_8_bits, source.load())
    if len(source.frames) == 1 and source.frames[0].box == (0, 0, *source.size):
        yield from pictures
        return
    canvas = Image.new("RGBA", source.size)
    for frame in source.frames:
        before = canvas.copy() if frame.disposal is Disposal.RESTORE else None
        draw = canvas.alpha_composite if frame.over else canvas.paste
        draw(next(pictures).convert("RGBA"), frame.box[:2])
        yield canvas.copy()
        if before:
            canvas = before
        elif frame.disposal is Disposal.CLEAR:
            canvas.paste((0, 0, 0, 0), frame.box)


def drop_opaque_alpha(picture: Image.Image) -> Image.Image:
    """Return `picture` without its alpha channel if nothing in it is transparent."""
    if "A" in picture.mode and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert(picture.mode.removesuffix("A"))
    return picture
