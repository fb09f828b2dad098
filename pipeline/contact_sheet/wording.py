"""Format numbers for the contact sheet."""

UNKNOWN = "\N{EN DASH}"


def duration(milliseconds: int) -> str:
    """Return `milliseconds` for a person: "812 ms", "1.24 s"."""
    return f"{milliseconds / 1000:.2f} s" if milliseconds >= 1000 else f"{milliseconds} ms"


def share(part: int, whole: int) -> str:
    """Return `part` of `whole`: "76%", "0.4%"."""
    if not whole:
        return UNKNOWN
    percent = 100 * part / whole
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.1f}%"
