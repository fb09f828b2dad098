"""Make text from elsewhere safe to print, such as object keys, file names, and error messages."""

import json
import unicodedata
from typing import Any


def visible(text: str) -> str:
    """Return `text` with its control, format and undefined characters escaped, such as ``\\n`` or ``\\u202e``.

    A terminal then shows them instead of interpreting them, and each text takes one line.
    """
    if text.isprintable():
        return text
    return "".join(char if _is_visible(char) else char.encode("unicode_escape").decode() for char in text)


def is_utf8(text: str) -> bool:
    """Return whether `text` can be an object key. A file name that isn't UTF-8 has surrogates in place of its bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def json_line(value: Any) -> str:
    """Return `value` as one line of JSON, in which the characters that `visible` escapes are JSON escapes."""
    line = json.dumps(value, ensure_ascii=False)
    if line.isprintable():
        return line
    return "".join(char if _is_visible(char) else json.dumps(char)[1:-1] for char in line)


def _is_visible(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"  # a space of another width hides nothing
