"""Writes build/image-pipeline-<version>.zip: the Terraform module with what it deploys. `make package` runs it."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from pipeline import __version__
from pipeline.lib.paths import BUILD, FUNCTION, ROOT, TERRAFORM
from pipeline.stacks.function_code import function_modules

ONLY_IN_ROOT = {"root.tf", "backend.tf", "localstack_providers_override.tf"}
DOCS = ("application.md", "operations.md", "outcome.schema.json", "terraform.md")  # the module refers to them
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same for every file, so that the same content gives the same archive


def main() -> None:
    path = BUILD / f"image-pipeline-{__version__}.zip"
    write(path)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size} bytes")


def write(path: Path) -> None:
    """Write the archive, whose only folder is image-pipeline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(files()):
            entry = zipfile.ZipInfo(f"image-pipeline/{file.relative_to(ROOT).as_posix()}", EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


def files() -> Iterator[Path]:
    """Yield the module with its docs, the function's modules as they are and compiled, and each layer that exists."""
    yield from (path for path in TERRAFORM.glob("*.tf") if path.name not in ONLY_IN_ROOT)
    yield from TERRAFORM.glob("pillow_layer*.zip")
    yield from (path for path in FUNCTION.rglob("*") if path.is_file())
    yield from function_modules()
    yield ROOT / "LICENSE"
    yield from (ROOT / "docs" / name for name in DOCS)


if __name__ == "__main__":
    main()
