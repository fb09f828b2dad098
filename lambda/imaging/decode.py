"""Bytes of an upload -> one upright sRGB picture within the limits, or Rejected with its reason."""

import re
from collections.abc import Iterator
from functools import partial

from PIL import Image

from imaging import limits
from imaging.color import in_8_bits, in_srgb
from imaging.formats import bmp, gif, jpeg, png, webp
from imaging.model import Disposal, Frame, Source
from imaging.picture import Picture, Shown
from imaging.rejection import Rejected, unsupported

__all__ = ["Picture", "Rejected", "Shown", "decode"]

READERS = {
    re.compile(rb"\xff\xd8\xff"): jpeg.read,
    re.compile(rb"\x89PNG\r\n\x1a\n"): png.read,
    re.compile(rb"RIFF....WEBP", re.DOTALL): webp.read,
    re.compile(rb"GIF8[79]a"): gif.read,
    re.compile(rb"BM"): bmp.read,
}

# Told by their first bytes, so that the uploader reads a name instead of "not an image".
UNSUPPORTED = {
    "AVIF": re.compile(rb"....ftyp(avif|avis|mif1.{4,24}avif)", re.DOTALL),
    "HEIC": re.compile(rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL),
    "JPEG XL": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "),
    "JPEG 2000": re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    "TIFF": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "PSD": re.compile(rb"8BPS"),
    "ICO": re.compile(rb"\0\0[\1\2]\0[^\0]\0"),
    "PDF": re.compile(rb".{0,1023}%PDF-", re.DOTALL),
    "PostScript": re.compile(rb"%!PS"),
    "SVG": re.compile(rb"\s*(\xef\xbb\xbf)?\s*<([?!].{0,2000})?svg\b|.{0,3}<\?xml.{0,2000}<svg\b", re.DOTALL),
    "video": re.compile(rb"....ftyp|\x1a\x45\xdf\xa3", re.DOTALL),
}

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

SHORTEST = 10  # milliseconds: frames that say no more are shown for 100, as in browsers

Image.MAX_IMAGE_PIXELS = limits.most_pixels(limits.OPAQUE)  # a second wall behind check_size()


def decode(content: bytes) -> Picture:
    """The picture in CONTENT. All of it has been decoded once by then: nothing that follows can reject it.

    Raises:
        Rejected: CONTENT is no picture of the five formats, is damaged, or is over a limit.
        MemoryError: not the upload's fault.
    """
    limits.check_bytes(len(content))
    source = read(content)
    del content  # what is needed of it is in the source
    check_header(source)
    frames = shown(source)
    still = without_needless_alpha(next(frames).picture)
    if "A" in still.mode:
        limits.check_size(still.size, limits.TRANSPARENT, " with transparency")
    for _ in frames:
        pass
    return Picture(still, partial(shown, source) if len(source.frames) > 1 else None, source.loop_count)


def read(content: bytes) -> Source:
    """What CONTENT says of itself, by the reader of its format."""
    for signature, reader in READERS.items():
        if signature.match(content):
            return reader(content)
    head = content[:4096]
    for name, signature in UNSUPPORTED.items():
        if signature.match(head):
            raise unsupported(name)
    raise Rejected("not-an-image", "not an image: JPEG, PNG, WebP, GIF and BMP are accepted")


def check_header(source: Source) -> None:
    """Raises Rejected for what is over a limit before a pixel is decoded."""
    limits.check_scans(source.scans)
    if len(source.frames) > 1:
        limits.check_size(source.size, limits.ANIMATED, " in an animation")
        limits.check_frames(len(source.frames), source.size)
    elif source.format == "WEBP":
        limits.check_size(source.size, limits.FROM_WEBP, " in a WebP")
    else:
        limits.check_size(source.size, limits.OPAQUE)


def shown(source: Source) -> Iterator[Shown]:
    """Each frame of SOURCE, as a viewer sees it."""
    for picture, frame in zip(composed(source), source.frames, strict=True):
        picture = in_srgb(picture, source.profile)
        picture = upright(picture, source.orientation)
        picture.info = {}
        yield Shown(picture, frame.milliseconds if frame.milliseconds > SHORTEST else 100)


def composed(source: Source) -> Iterator[Image.Image]:
    """The canvas after each frame; a still that fills it is not copied."""
    if len(source.frames) == 1 and source.frames[0].box == (0, 0, *source.size):
        yield in_8_bits(source.frames[0].load())
        return
    canvas = Image.new("RGBA", source.size)
    for frame in source.frames:
        before = canvas.copy() if frame.disposal is Disposal.RESTORE else None
        draw(canvas, frame)
        yield canvas.copy()
        if before:
            canvas = before
        elif frame.disposal is Disposal.CLEAR:
            canvas.paste((0, 0, 0, 0), frame.box)


def draw(canvas: Image.Image, frame: Frame) -> None:
    """Puts FRAME onto CANVAS (RGBA); what reaches beyond it is lost."""
    picture = in_8_bits(frame.load())
    if frame.over and picture.mode in ("LA", "RGBA"):
        canvas.alpha_composite(picture.convert("RGBA"), frame.box[:2])
    else:
        canvas.paste(picture.convert("RGBA"), frame.box[:2])


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """PICTURE turned and mirrored as an EXIF ORIENTATION says."""
    return picture.transpose(TURNS[orientation]) if orientation in TURNS else picture


def without_needless_alpha(picture: Image.Image) -> Image.Image:
    """PICTURE without a channel for transparency where nothing of it is transparent."""
    if "A" in picture.mode and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert(picture.mode.removesuffix("A"))
    return picture
