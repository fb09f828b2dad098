"""Copies of terraform/ with the files that it needs, as the builds leave them."""

import shutil
import zipfile
from pathlib import Path

from pipeline.lib.paths import FUNCTION, LAMBDA, TERRAFORM

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
LAYERS = {"x86_64": "pillow_layer.zip", "arm64": "pillow_layer_arm64.zip"}
NOT_COPIED = (FUNCTION.name, "*.zip", ".build", ".terraform", "*.tfstate*", "*.tfvars", "*_override.tf", "backend.tf")


def copy_terraform(directory: Path) -> Path:
    """Copy terraform/ and lambda/ to `directory`, with layers and a function; return the copy of terraform/."""
    terraform = directory / "terraform"
    shutil.copytree(TERRAFORM, terraform, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for copy in (directory / LAMBDA.name, terraform / FUNCTION.name):
        shutil.copytree(LAMBDA, copy, ignore=shutil.ignore_patterns("layer", "__pycache__"))
    for architecture, machine in MACHINES.items():
        write_layer(terraform, architecture, machine)
    return terraform


def write_layer(terraform: Path, architecture: str, machine: str) -> None:
    """Write a layer for `architecture` whose only module is for `machine`."""
    with zipfile.ZipFile(terraform / LAYERS[architecture], "w", zipfile.ZIP_DEFLATED) as layer:
        layer.writestr(f"python/PIL/_imaging.cpython-312-{machine}-linux-gnu.so", b"\xff\x00" * 9)
