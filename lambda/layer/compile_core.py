"""Compiles Pillow's core anew, so that the filters of its PNG encoder take a quarter of their time for the same bytes.

Of the decoders only JPEG's needs a library: TIFF, JPEG 2000 and windows stay away with theirs.
"""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

FILTERS = "src/libImaging/ZipEncode.c"
MODULES = ("_imaging", "decode", "encode", "map", "display", "outline", "path")

# Through these pointers bytes are stored, which to a compiler may change the pointers themselves, so that it reads them
# again for each byte. Variables of their own cannot be changed so: the loops become vector instructions.
ROWS = {"row": "state->buffer"} | {name: f"context->{name}" for name in ("previous", "prior", "up", "average", "paeth")}
LENGTH = "state->bytes"
BEFORE_THE_FILTERS = "bpp = (state->bits + 7) / 8;"


def compile_core(layer: Path, source: Path, headers: Path) -> None:
    """Puts the core, compiled from SOURCE with the HEADERS of its libraries, in the place of LAYER's.

    TOOLS in the environment is what the names of the tools for its architecture begin with.
    """
    filters = source / FILTERS
    filters.write_text(vectorizable(filters.read_text()))
    (core,) = layer.glob("PIL/_imaging.*.so")
    (version,) = re.findall(r'__version__ = "(.+)"', (source / "src/PIL/_version.py").read_text())
    libraries = layer / "pillow.libs"
    (jpeg,) = libraries.glob("libjpeg-*")
    (zlib,) = libraries.glob("libz-*")
    subprocess.run(
        [
            *(f"{os.environ['TOOLS']}gcc", "-shared", "-fPIC", "-O3", "-w"),
            *("-DNDEBUG", "-DHAVE_LIBJPEG", "-DHAVE_LIBZ", f'-DPILLOW_VERSION="{version}"'),
            *("-I", sysconfig.get_path("include"), "-I", headers),
            *(source / f"src/{module}.c" for module in MODULES),
            *sorted(source.glob("src/libImaging/*.c")),
            *("-o", core, jpeg, zlib),
            *("-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../pillow.libs"),
        ],
        check=True,
    )


def vectorizable(code: str) -> str:
    """The CODE of the filters with the rows in variables of their own."""
    for name, pointer in ROWS.items():
        code = replaced(code, f"{pointer}[i", f"{name}[i")
    code = replaced(code, f"i <= {LENGTH}", "i <= length")
    rows = "".join(f"UINT8 *{name} = {pointer}; " for name, pointer in ROWS.items())
    return replaced(code, BEFORE_THE_FILTERS, f"{BEFORE_THE_FILTERS} int length = {LENGTH}; {rows}")


def replaced(code: str, old: str, new: str) -> str:
    if old not in code:
        sys.exit(f"{FILTERS} has no {old!r} any more: look at what Pillow has changed there")
    return code.replace(old, new)
