"""Rejections: a code for programs, and a sentence for the uploader."""

from imaging.formats import INPUT_FORMATS, is_available


class Rejected(Exception):  # noqa: N818 - an outcome for the uploader, not a failure of the pipeline
    """An upload that no retry can fix.

    `code` is for programs; `reason` is a sentence that the uploader understands.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


def truncated(what: str) -> Rejected:
    """Return the rejection of a file that ends before its picture does."""
    return Rejected("truncated", f"truncated: {what}")


def no_picture_yet() -> Rejected:
    """Return the rejection of a file that ends inside its headers."""
    return truncated("the file ends before the picture begins")


def bytes_missing(missing: int, total: int, at_least: bool = False) -> Rejected:
    """Return the rejection of a file that announces `total` bytes and lacks `missing` of them."""
    are = "is" if missing == 1 else "are"
    return truncated(f"{'at least ' if at_least else ''}{missing:,} of {total:,} bytes {are} missing")


def corrupt(what: str) -> Rejected:
    """Return the rejection of a file that contradicts its format."""
    return Rejected("corrupt", f"corrupt: {what}")


def unsupported(what: str) -> Rejected:
    """Return the rejection of an image of an unsupported kind."""
    return Rejected("unsupported-format", f"{what} is not supported: send {list_formats('or')}")


def too_many_pixels(size: tuple[int, int], why: str) -> Rejected:
    """Return the rejection of a picture whose width and height in pixels exceed a limit."""
    width, height = size
    return Rejected("too-many-pixels", f"{width:,} x {height:,} are {width * height / 1e6:,.1f} million pixels: {why}")


def left_out(name: str) -> Rejected:
    """Return the rejection of an image whose format the deployed layer leaves out."""
    return Rejected("unsupported-format", f"{name} is not in this deployment's layer: send {list_formats('or')}")


def compressed(how: str, remedy: str) -> Rejected:
    """Return the rejection of an upload that is compressed as a whole, such as by gzip."""
    return Rejected("unsupported-format", f"compressed {how}: upload the image itself, {remedy}")


def not_an_image() -> Rejected:
    """Return the rejection of a file that is not recognized."""
    return Rejected("not-an-image", f"not an image: {list_formats('and')} are accepted")


def list_formats(conjunction: str) -> str:
    """Return the names of the input formats as an English list."""
    *names, last = (form.name for form in INPUT_FORMATS if is_available(form))
    return f"{', '.join(names)}, {conjunction} {last}"
