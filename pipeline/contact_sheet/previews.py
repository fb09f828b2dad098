"""Inspect pictures, and make small previews of large files to keep the page small."""

from dataclasses import replace
from pathlib import Path

from PIL import Image

from pipeline.contact_sheet.entries import ImageFile
from pipeline.deployed.function import INPUT_FORMATS, Rejected, decode, orientation, recognize

MAX_SMALL = 24_000  # bytes of a file that needs no preview
MAX_SIDE = 320  # pixels of a preview: sharp on a screen with two pixels per CSS pixel
QUALITY = 60

# Formats that browsers show, by Pillow's name.
FORMATS = {name: form.name for form in INPUT_FORMATS if form.in_browsers for name in form.pillow}
SIDEWAYS = 5  # this EXIF orientation and higher ones swap width and height


def inspect_source(path: Path) -> ImageFile | None:
    """Return the upload at `path`, or None if it cannot be shown. The pipeline's own decoder makes its preview.

    A rejected upload has no preview: a browser may show some of it.
    """
    found = inspect(path)
    content = path.read_bytes()
    try:
        still = decode(content).still
    except (Rejected, MemoryError):
        return found
    if not found:
        found = ImageFile(path, len(content), recognize(content).name, *still.size, shown=False)
    seen = replace(found, width=still.width, height=still.height, transparent="A" in still.mode)
    return _with_preview(seen, still)


def inspect_variant(path: Path) -> ImageFile | None:
    """Return the variant at `path`, or None if it cannot be shown."""
    found = inspect(path)
    if not found or found.bytes <= MAX_SMALL:
        return found
    try:
        with Image.open(path) as picture:
            picture.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))
            return _with_preview(found, picture)
    except OSError:
        return found


def inspect(path: Path) -> ImageFile | None:
    """Return the image at `path`, or None if a browser can't show it or it is too large for one."""
    try:
        with Image.open(path) as picture:  # the decoder's pixel limit applies here too
            form = FORMATS.get(picture.format or "")
            size = picture.size[::-1] if _is_sideways(picture) else picture.size
            transparent = picture.has_transparency_data
    except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return ImageFile(path, path.stat().st_size, form, *size, transparent=transparent) if form else None


def _is_sideways(picture: Image.Image) -> bool:
    return orientation(picture.info.get("exif", b"")) >= SIDEWAYS


def _with_preview(file: ImageFile, picture: Image.Image) -> ImageFile:
    if file.shown and file.bytes <= MAX_SMALL:
        return file
    small = picture.convert("RGBA" if file.transparent else "RGB")
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    path = file.path.with_name(f"{file.path.name}-preview")
    small.save(path, "WEBP", quality=QUALITY)
    preview = ImageFile(path, path.stat().st_size, "WebP", *small.size, transparent=file.transparent)
    return replace(file, preview=preview)
