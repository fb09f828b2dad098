"""Zip a directory, with equal bytes for equal contents: sorted names, one date, two modes."""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold


def zip_directory(directory: Path, archive: Path) -> None:
    """Write the files in `directory` to `archive`, under the directory's name."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    with ZipFile(archive, "w") as target:
        for path in files:
            entry = ZipInfo(path.relative_to(directory.parent).as_posix(), EARLIEST)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = (0o100755 if path.stat().st_mode & 0o111 else 0o100644) << 16
            target.writestr(entry, path.read_bytes(), compresslevel=9)


if __name__ == "__main__":
    zip_directory(Path(sys.argv[1]), Path(sys.argv[2]))
