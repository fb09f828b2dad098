"""A replacement for Docker that the build scripts call. It writes an unusable layer, and the plain modules.

The emulator runs functions on this machine's Python, which has its own Pillow and compiles modules itself.
"""

import shutil
import sys
import zipfile
from pathlib import Path

LAYER = ("--file", "lambda/layer/Dockerfile")
MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def main(arguments: list[str]) -> None:
    """Answer `docker version`, `docker buildx inspect`, and `docker build`."""
    if arguments[0] == "version":
        print("28.0.0")
    elif arguments[0] == "buildx":
        print("Platforms: linux/amd64, linux/arm64")
    elif LAYER[1] in arguments:
        build_layer(Path(value_of("--output", arguments)), value_of("--platform", arguments))
    else:
        build_function(Path(value_of("--output", arguments)))


def value_of(option: str, arguments: list[str]) -> str:
    """Return the value that follows `option`."""
    return arguments[arguments.index(option) + 1]


def build_layer(output: Path, platform: str) -> None:
    """Write pillow_layer.zip, which names its platform, to the folder `output`."""
    with zipfile.ZipFile(output / "pillow_layer.zip", "w") as archive:
        archive.writestr("python/README", f"There is no Pillow for {platform} in here.")
        archive.writestr(
            f"python/none.cpython-312-{MACHINES[platform]}-linux-gnu.so", ""
        )  # Terraform looks at the name


def build_function(output: Path) -> None:
    """Copy the function's modules to the folder `output`."""
    for module in Path("lambda").rglob("*.py"):
        if module.parts[1] != "layer":
            copy = output / module.relative_to("lambda")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, copy)


if __name__ == "__main__":
    main(sys.argv[1:])
