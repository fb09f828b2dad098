"""Bytes of an upload -> one upright sRGB picture within the limits, or Rejected with its reason."""

from io import BytesIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
LONGEST_SIDE = 16_383  # pixels: WebP has 14 bits for each side
MOST_PIXELS = 60_000_000  # what 1024 MB of memory allow

SRGB = ImageCms.createProfile("sRGB")

# Told by their first bytes, so that the uploader reads a name instead of "not an image".
UNSUPPORTED = {
    "HEIC": (4, (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc")),
    "AVIF": (4, (b"ftypavif", b"ftypavis")),
    "TIFF": (0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    "PDF": (0, (b"%PDF-",)),
}


class Rejected(Exception):  # noqa: N818 - an outcome for the uploader, not a failure of the pipeline
    """An upload that no retry can mend.

    `code` is for programs, `reason` a sentence that the uploader understands.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


def decode(content: bytes) -> Image.Image:
    """The first frame in CONTENT as L, LA, RGB or RGBA: 8 bits, upright, sRGB, without metadata.

    Raises:
        Rejected: CONTENT is no picture of one of FORMATS, is damaged, or is over a limit.
        MemoryError: not the upload's fault.
    """
    picture = _opened(content)
    _check_limits(picture)
    _load(picture)
    for step in (upright, in_8_bits, in_srgb, without_metadata):
        picture = step(picture)
    return picture


def upright(picture: Image.Image) -> Image.Image:
    """PICTURE turned and mirrored as its EXIF orientation says."""
    return ImageOps.exif_transpose(picture)


def in_8_bits(picture: Image.Image) -> Image.Image:
    """PICTURE with 8 bits a channel, without a palette, and with its transparency as a channel."""
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if picture.mode in ("1", "L", "LA"):
        return picture.convert("LA" if picture.has_transparency_data else "L")
    if picture.mode != "CMYK":
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture


def in_srgb(picture: Image.Image) -> Image.Image:
    """PICTURE with the colours of its embedded ICC profile expressed in sRGB; a broken profile is ignored."""
    grey = picture.mode in ("L", "LA")
    target = "RGBA" if picture.mode in ("LA", "RGBA") else "RGB"
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(picture.info["icc_profile"]))
        if grey != (profile.profile.xcolor_space.strip() == "GRAY"):
            picture = picture.convert(target)
        converted = ImageCms.profileToProfile(picture, profile, SRGB, outputMode=target)
    except (KeyError, OSError, ImageCms.PyCMSError):
        return picture if grey else picture.convert(target)
    return converted or picture


def without_metadata(picture: Image.Image) -> Image.Image:
    """PICTURE without what encoders would copy: EXIF, ICC profile, XMP, comments."""
    picture.info = {}
    return picture


def _opened(content: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        for name, (offset, signatures) in UNSUPPORTED.items():
            if content.startswith(signatures, offset):
                raise Rejected("unsupported-format", f"{name} is not supported: send {_listed(FORMATS)}") from None
        raise Rejected("not-an-image", f"not an image: {_listed(FORMATS)} are accepted") from None


def _check_limits(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Rejected("too-many-pixels", f"{width:,} x {height:,} pixels are more than {MOST_PIXELS:,}")
    if max(width, height) > LONGEST_SIDE:
        raise Rejected("too-long-side", f"a side of {max(width, height):,} pixels is longer than {LONGEST_SIDE:,}")


def _load(picture: Image.Image) -> None:
    try:
        picture.load()
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if "truncated" in str(error):
            raise Rejected("cut-short", f"the file is cut short: {error}") from error
        raise Rejected("damaged", f"the file is damaged: {error}") from error


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
