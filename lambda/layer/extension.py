"""Compile an extension of Pillow."""

import os
import subprocess
import sysconfig
from collections.abc import Iterable
from pathlib import Path


def compile_extension(
    extension: Path, sources: Iterable[Path], headers: Path, libraries: Iterable[Path], macros: Iterable[str] = ()
) -> None:
    """Replace `extension` by one compiled from `sources`, with the `headers` of the `libraries` that it is linked to.

    The environment variable `TOOLS` is the prefix of the compiler's name for the architecture.
    """
    includes = (sysconfig.get_path("include"), headers, Path(__file__).parent)
    subprocess.run(
        [
            *(f"{os.environ['TOOLS']}gcc", "-shared", "-fPIC", "-O3", "-w", "-DNDEBUG"),
            *(f"-D{macro}" for macro in macros),
            *(f"-I{directory}" for directory in includes),
            *sources,
            *("-o", extension),
            *libraries,
            *("-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../pillow.libs"),
        ],
        check=True,
    )
