"""Makes the layer of Pillow's wheel: zlib-ng in, what the function never opens out, bytecode that stays valid."""

import compileall
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

from compile_core import compile_core

LEFT_OUT = ("_avif", "_imagingft", "_imagingtk")  # AVIF, fonts and windows: with their libraries most of the wheel
ZLIB = "libz-ng-compat.so.1"  # not libz.so.1: the loader would take the system's, which Python has loaded before
NEWEST_GLIBC = (2, 34)  # Amazon Linux 2023
OF_THE_SYSTEM = {"libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def assemble(layer: Path, zlib: Path, source: Path, headers: Path) -> None:
    """Changes LAYER, a directory that pip filled, with ZLIB, which holds zlib-ng's library and licence, and a core
    compiled from Pillow's SOURCE with the HEADERS of its libraries.
    """
    for name in LEFT_OUT:
        (extension,) = (layer / "PIL").glob(f"{name}.*.so")
        extension.unlink()
    put_zlib(layer, zlib)
    compile_core(layer, source, headers)
    remove_unneeded(layer)
    for binary in binaries(layer):
        output(f"{os.environ['TOOLS']}strip", "--strip-unneeded", binary)
        check(binary)
    (record,) = layer.glob("*.dist-info/RECORD")
    record.unlink()  # it lists what was in the wheel
    compile_all(layer)


def put_zlib(layer: Path, zlib: Path) -> None:
    """Puts zlib-ng beside the wheel's libraries, and points at it what asks for zlib."""
    library = layer / "pillow.libs" / ZLIB
    shutil.copy(zlib / "libz.so.1", library)
    output("patchelf", "--set-soname", ZLIB, library)
    for binary in binaries(layer):
        if "libz.so.1" in needed(binary):
            output("patchelf", "--replace-needed", "libz.so.1", ZLIB, binary)
    (licences,) = layer.glob("*.dist-info/licenses")
    shutil.copy(zlib / "LICENSE.md", licences / "LICENSE.zlib-ng.md")


def remove_unneeded(layer: Path) -> None:
    """Removes the libraries that no extension asks for any more, directly or by another library."""
    libraries = layer / "pillow.libs"
    wanted = [name for extension in layer.glob("PIL/*.so") for name in needed(extension)]
    reached: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in reached | OF_THE_SYSTEM:
            reached.add(name)
            wanted += needed(libraries / name)
    for library in libraries.iterdir():
        if library.name not in reached:
            library.unlink()


def check(binary: Path) -> None:
    """Ends the build where BINARY wants a glibc that Lambda has not."""
    for version in re.findall(r"GLIBC_(\d+)\.(\d+)", output("readelf", "--version-info", "--wide", binary)):
        if (int(version[0]), int(version[1])) > NEWEST_GLIBC:
            sys.exit(f"{binary} needs glibc {'.'.join(version)}: Lambda has {'.'.join(map(str, NEWEST_GLIBC))}")


def compile_all(layer: Path) -> None:
    """Bytecode that stays valid whatever date a file gets in Lambda."""
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
