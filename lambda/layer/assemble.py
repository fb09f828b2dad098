"""Turn Pillow's wheel into the layer: add zlib-ng, remove what the function never opens, compile lasting bytecode."""

import compileall
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

from compile_core import compile_core

from imaging.formats import INPUT_FORMATS

# Extensions for AVIF, fonts, and windows: with their libraries, most of the wheel.
LARGE_EXTENSIONS = {"_avif", "_imagingft", "_imagingtk"}
ZLIB = "libz-ng-compat.so.1"  # not libz.so.1: the loader would reuse the system's, which Python has loaded already
MAX_GLIBC = (2, 34)  # Amazon Linux 2023
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def assemble(layer: Path, zlib: Path, source: Path, headers: Path) -> None:
    """Change `layer`, a directory that pip filled: add zlib-ng's library and license, both in `zlib`, and a core
    compiled from Pillow's `source` with the `headers` of its libraries.
    """
    for name in sorted(LARGE_EXTENSIONS - {form.extension for form in INPUT_FORMATS}):
        (extension,) = (layer / "PIL").glob(f"{name}.*.so")
        extension.unlink()
    put_zlib(layer, zlib)
    compile_core(layer, source, headers)
    remove_unneeded(layer)
    for binary in binaries(layer):
        output(f"{os.environ['TOOLS']}strip", "--strip-unneeded", binary)
        check(binary)
    (record,) = layer.glob("*.dist-info/RECORD")
    record.unlink()  # it lists the files of the wheel
    compile_all(layer)


def put_zlib(layer: Path, zlib: Path) -> None:
    """Add zlib-ng to the wheel's libraries, and make every binary that needs zlib use it."""
    library = layer / "pillow.libs" / ZLIB
    shutil.copy(zlib / "libz.so.1", library)
    output("patchelf", "--set-soname", ZLIB, library)
    for binary in binaries(layer):
        if "libz.so.1" in needed(binary):
            output("patchelf", "--replace-needed", "libz.so.1", ZLIB, binary)
    (licenses,) = layer.glob("*.dist-info/licenses")
    shutil.copy(zlib / "LICENSE.md", licenses / "LICENSE.zlib-ng.md")


def remove_unneeded(layer: Path) -> None:
    """Remove the libraries that no extension needs any more, directly or through another library."""
    libraries = layer / "pillow.libs"
    wanted = [name for extension in layer.glob("PIL/*.so") for name in needed(extension)]
    reached: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in reached | SYSTEM_LIBRARIES:
            reached.add(name)
            wanted += needed(libraries / name)
    for library in libraries.iterdir():
        if library.name not in reached:
            library.unlink()


def check(binary: Path) -> None:
    """Stop the build if `binary` needs a newer glibc than Lambda has."""
    for version in re.findall(r"GLIBC_(\d+)\.(\d+)", output("readelf", "--version-info", "--wide", binary)):
        if (int(version[0]), int(version[1])) > MAX_GLIBC:
            sys.exit(f"{binary} needs glibc {'.'.join(version)}: Lambda has {'.'.join(map(str, MAX_GLIBC))}")


def compile_all(layer: Path) -> None:
    """Compile bytecode that stays valid whatever date a file gets in Lambda."""
    hashed = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(
        layer, stripdir=str(layer), prependdir="/opt/python", quiet=1, invalidation_mode=hashed
    ):
        sys.exit("a module of the layer cannot be compiled")


def binaries(layer: Path) -> list[Path]:
    return sorted([*layer.glob("PIL/*.so"), *layer.glob("pillow.libs/*.so*")])


def needed(binary: Path) -> list[str]:
    return output("patchelf", "--print-needed", binary).split()


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    assemble(*map(Path, sys.argv[1:]))
