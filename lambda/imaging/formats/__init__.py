"""The registry of input formats: one row for each input format, and the signatures of unsupported formats.

A row names its reader, a module of this package with `read(content: bytes) -> Source`. This file imports nothing from
the project, so the build of the layer can use it without the function.

To add a format, write its reader, its row, its cases in tests/corpus, and its row in docs/formats.md.
"""

import re
from importlib.util import find_spec
from typing import NamedTuple


class InputFormat(NamedTuple):
    """One input format.

    `signature` matches the first bytes of a file. `plugin` is the module of Pillow that decodes it, under the names
    `pillow`; `library` is the C library that Pillow's core needs for it, `extension` Pillow's C extension.
    A format with a `module` is optional: the module, which the layer may lack, decodes it, and is imported with the
    first such file. The contact sheet shows a format that is not `in_browsers` as a preview. Decoding takes
    `file_copies` of the file in memory, `bytes_per_pixel` beside them, and `microseconds` of a processor for each
    pixel: the most that any file takes (imaging/limits.py).
    """

    name: str
    signature: re.Pattern[bytes]
    reader: str
    plugin: str = ""
    pillow: tuple[str, ...] = ()
    library: str = ""
    extension: str = ""
    module: str = ""
    animation: bool = False
    alpha: bool = False
    profile: bool = False
    in_browsers: bool = True
    file_copies: int = 2
    bytes_per_pixel: int = 12
    microseconds: float = 0.06


INPUT_FORMATS = (
    InputFormat(
        "JPEG", re.compile(rb"\xff\xd8\xff"), "jpeg", "JpegImagePlugin", ("JPEG", "MPO"), library="jpeg", profile=True
    ),
    InputFormat(
        "PNG",
        re.compile(rb"\x89PNG\r\n\x1a\n"),
        "png",
        "PngImagePlugin",
        ("PNG",),
        library="z",
        animation=True,
        alpha=True,
        profile=True,
        file_copies=1,
        bytes_per_pixel=8,
    ),
    InputFormat(
        "WebP",
        re.compile(rb"RIFF....WEBP", re.DOTALL),
        "webp",
        "WebPImagePlugin",
        ("WEBP",),
        extension="_webp",
        animation=True,
        alpha=True,
        profile=True,
        bytes_per_pixel=17,  # Pillow decodes into three canvases
        microseconds=0.08,
    ),
    InputFormat(
        "GIF",
        re.compile(rb"GIF8[79]a"),
        "gif",
        "GifImagePlugin",
        ("GIF",),
        animation=True,
        alpha=True,
        file_copies=1,
        bytes_per_pixel=17,  # an image that does not fill the canvas, and the canvas
        microseconds=0.02,
    ),
    InputFormat(
        "BMP",
        re.compile(rb"BM.{12}[\x0c-\x7c]\0\0\0", re.DOTALL),
        "bmp",
        "BmpImagePlugin",
        ("BMP",),
        alpha=True,
        profile=True,
    ),
    InputFormat(
        "AVIF",
        re.compile(rb"....ftyp(avi[fs]|(mif[12]|msf1|miaf).{4}(.{4}){0,8}?avi[fs])", re.DOTALL),
        "avif",
        pillow=("AVIF",),
        extension="_avif",
        module="PIL._avif",
        animation=True,
        alpha=True,
        profile=True,
        bytes_per_pixel=14,  # without alpha
        microseconds=0.08,
    ),
    InputFormat(
        "HEIC",
        re.compile(rb"....ftyp(he[iv][cmsx]|mif[12]|msf1|miaf)", re.DOTALL),
        "heif",
        module="pi_heif",
        alpha=True,
        profile=True,
        in_browsers=False,
        bytes_per_pixel=11,  # 8 bits without alpha
        microseconds=0.18,
    ),
)

# Recognized to reject them by name instead of as "not an image". The patterns are compiled for the first such file.
UNSUPPORTED_FORMATS = {
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "PSD": rb"8BPS",
    "ICO": rb"\0\0[\1\2]\0[^\0]\0",
    "PDF": rb".{0,1023}%PDF-",
    "PostScript": rb"%!PS",
    "SVG": rb"\s*(\xef\xbb\xbf)?\s*<([?!].{0,2000})?svg\b|.{0,3}<\?xml.{0,2000}<svg\b",
    "video": rb"....ftyp|\x1a\x45\xdf\xa3",
}


def is_available(form: InputFormat) -> bool:
    """Return whether the decoder of `form` is installed. A layer may leave optional formats out."""
    return not form.module or find_spec(form.module) is not None


GZIP = re.compile(rb"\x1f\x8b")
