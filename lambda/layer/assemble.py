"""Turn the wheels of Pillow and pi-heif into the layer: add zlib-ng, remove files that it never opens, compile
lasting bytecode.
"""

import compileall
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

from compile_core import compile_core
from compile_webp import compile_webp

from imaging.formats import INPUT_FORMATS, InputFormat

# Extensions for AVIF, fonts, and windows: with their libraries, most of the wheel.
LARGE_EXTENSIONS = {"_avif", "_imagingft", "_imagingtk"}
ZLIB = "libz-ng-compat.so.1"  # not libz.so.1: the loader would reuse the system's, which Python has already loaded
MAX_GLIBC = (2, 34)  # Amazon Linux 2023
SYSTEM_LIBRARIES = {
    *("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "libgcc_s.so.1", "libstdc++.so.6"),
    *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"),
}
OPTIONAL = {form.name.lower(): form for form in INPUT_FORMATS if form.module}


def assemble(layer: Path, zlib: Path, source: Path, headers: Path, without: str = "") -> None:
    """Change `layer`, a directory that pip filled: add zlib-ng's library and license, both in `zlib`, and extensions
    compiled from Pillow's `source` with the `headers` of its libraries. `without` names optional formats to leave out.
    """
    left_out = optional(without)
    wanted = {form.extension for form in INPUT_FORMATS if form not in left_out}
    for name in sorted(LARGE_EXTENSIONS - wanted):
        (extension,) = (layer / "PIL").glob(f"{name}.*.so")
        extension.unlink()
    for form in left_out:
        remove_package(layer, form.module)
    put_zlib(layer, zlib)
    compile_core(layer, source, headers)
    compile_webp(layer, source, headers)
    remove_unneeded(layer)
    for binary in binaries(layer):
        output(f"{os.environ['TOOLS']}strip", "--strip-unneeded", binary)
        check(binary)
    for record in layer.glob("*.dist-info/RECORD"):
        record.unlink()  # it lists the files of the wheel
    compile_all(layer)


def optional(names: str) -> list[InputFormat]:
    """Return the optional formats with these names, which are separated by spaces; stop the build for another name."""
    unknown = sorted(set(names.lower().split()) - OPTIONAL.keys())
    if unknown:
        sys.exit(f"LAYER_WITHOUT={' '.join(unknown)}: only {' and '.join(sorted(OPTIONAL))} can be left out")
    return [OPTIONAL[name] for name in sorted(set(names.lower().split()))]


def remove_package(layer: Path, package: str) -> None:
    """Remove a package with its extension and its metadata, if it is one."""
    for path in [*layer.glob(f"{package}-*.dist-info"), *layer.glob(package), *layer.glob(f"_{package}.*.so")]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def put_zlib(layer: Path, zlib: Path) -> None:
    """Add zlib-ng to the wheel's libraries, and make every binary that needs zlib use it."""
    library = layer / "pillow.libs" / ZLIB
    shutil.copy(zlib / "libz.so.1", library)
    output("patchelf", "--set-soname", ZLIB, library)
    for binary in binaries(layer):
        if "libz.so.1" in needed(binary):
            output("patchelf", "--replace-needed", "libz.so.1", ZLIB, binary)
    (licenses,) = layer.glob("pillow-*.dist-info/licenses")
    shutil.copy(zlib / "LICENSE.md", licenses / "LICENSE.zlib-ng.md")


def remove_unneeded(layer: Path) -> None:
    """Remove the libraries that no extension needs any more, directly or through another library."""
    libraries = {path.name: path for path in layer.glob("*.libs/*")}
    wanted = [name for extension in extensions(layer) for name in needed(extension)]
    reached: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in reached | SYSTEM_LIBRARIES:
            reached.add(name)
            wanted += needed(libraries[name])
    for name in libraries.keys() - reached:
        libraries[name].unlink()


def check(binary: Path) -> None:
    """Stop the build if `binary` needs a newer glibc than Lambda has."""
    for version in re.findall(r"GLIBC_(\d+)\.(\d+)", output("readelf", "--version-info", "--wide", binary)):
        if (int(version[0]), int(version[1])) > MAX_GLIBC:
            sys.exit(f"{binary} needs glibc {'.'.join(version)}: Lambda has {'.'.join(map(str, MAX_GLIBC))}")


def compile_all(layer: Path) -> None:
    """Compile bytecode that stays valid with any file date in Lambda."""
    hashed = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(
        layer, stripdir=str(layer), prependdir="/opt/python", quiet=1, invalidation_mode=hashed
    ):
        sys.exit("a module of the layer cannot be compiled")


def extensions(layer: Path) -> list[Path]:
    return sorted([*layer.glob("PIL/*.so"), *layer.glob("*.so")])


def binaries(layer: Path) -> list[Path]:
    return sorted([*extensions(layer), *layer.glob("*.libs/*.so*")])


def needed(binary: Path) -> list[str]:
    return output("patchelf", "--print-needed", binary).split()


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    layer, zlib, source, headers = map(Path, sys.argv[1:5])
    assemble(layer, zlib, source, headers, *sys.argv[5:])
