"""Compile an extension of Pillow."""

import os
import subprocess
import sysconfig
from collections.abc import Iterable
from pathlib import Path


def compile_extension(
    layer: Path, name: str, sources: Iterable[Path], headers: Path, libraries: Iterable[str], macros: Iterable[str] = ()
) -> None:
    """Replace an extension in `layer` by one compiled from `sources`, with the `headers` of its `libraries`.

    The environment variable `TOOLS` is the prefix of the compiler's name for the architecture.
    """
    (extension,) = layer.glob(f"PIL/{name}.*.so")
    includes = (sysconfig.get_path("include"), headers, Path(__file__).parent)
    subprocess.run(
        [
            *(f"{os.environ['TOOLS']}gcc", "-shared", "-fPIC", "-O3", "-w", "-DNDEBUG"),
            *(f"-D{macro}" for macro in macros),
            *(f"-I{directory}" for directory in includes),
            *sources,
            *("-o", extension),
            *(path for library in libraries for path in layer.glob(f"pillow.libs/lib{library}-*")),
            *("-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../pillow.libs"),
        ],
        check=True,
    )
