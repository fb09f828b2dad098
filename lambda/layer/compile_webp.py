"""Compile Pillow's extension for WebP again, with a faster import of opaque pictures: see import_rgb.h."""

from pathlib import Path

from extension import compile_extension
from sources import replaced, rewrite

WEBP = "src/_webp.c"
SOURCES = (WEBP, "src/libImaging/Mode.c")
LIBRARIES = ("webp", "webpmux", "webpdemux")

ENCODER = "PyObject *\nWebPEncode_wrapper("
INCLUDE = '#include "import_rgb.h"\n\n'
IMPORT = "import_frame_libwebp(&pic, im)"
FASTER_IMPORT = "(lossless || im->mode == IMAGING_MODE_RGBA ? import_frame_libwebp : import_opaque)(&pic, im)"


def compile_webp(layer: Path, source: Path, headers: Path) -> None:
    """Replace WebP's extension in `layer` by one compiled from `source` with the `headers` of its libraries."""
    rewrite(source / WEBP, with_import)
    compile_extension(layer, "_webp", (source / file for file in SOURCES), headers, LIBRARIES)


def with_import(code: str) -> str:
    """Return the `code` of the extension, which leaves to import_rgb.h what it can import."""
    return replaced(replaced(code, ENCODER, INCLUDE + ENCODER, WEBP), IMPORT, FASTER_IMPORT, WEBP)
