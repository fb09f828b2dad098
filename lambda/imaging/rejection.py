"""Why an upload has no variants: codes for programs, sentences for the uploader."""


class Rejected(Exception):  # noqa: N818 - an outcome for the uploader, not a failure of the pipeline
    """An upload that no retry can mend.

    `code` is for programs, `reason` a sentence that the uploader understands.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


def truncated(what: str) -> Rejected:
    """The file ends before the picture does."""
    return Rejected("truncated", f"truncated: {what}")


def no_picture_yet() -> Rejected:
    """The file ends among its headers."""
    return truncated("the file ends before the picture begins")


def bytes_missing(missing: int, total: int, at_least: bool = False) -> Rejected:
    """MISSING of the TOTAL bytes that the file itself says it has are not there."""
    are = "byte is" if missing == 1 else "bytes are"
    return truncated(f"{'at least ' if at_least else ''}{missing:,} of {total:,} {are} missing")


def corrupt(what: str) -> Rejected:
    """The bytes contradict their format."""
    return Rejected("corrupt", f"corrupt: {what}")


def unsupported(what: str) -> Rejected:
    """An image, but none that is read here."""
    return Rejected("unsupported-format", f"{what} is not supported: send JPEG, PNG, WebP, GIF or BMP")
