"""Change the settings at the top of lambda_function.py, independent of their values."""

import re


def assign(code: str, name: str, value: str) -> str:
    """Return `code` with `value` for the constant `name`."""
    return _replace(rf"^{name} = .*$", f"{name} = {value}", code)


def add_row(code: str, row: str) -> str:
    """Return `code` with one more row in VARIANTS, unless it's there already."""
    return code if row in code else _replace(r"^(VARIANTS = \(\n(?: .*\n)*)", rf"\g<1>{row}\n", code)


def _replace(pattern: str, replacement: str, code: str) -> str:
    changed, count = re.subn(pattern, replacement, code, flags=re.MULTILINE)
    assert count == 1, pattern
    return changed
