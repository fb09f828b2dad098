"""Writes the tables of inputs and outputs in docs/terraform.md. `make reference` runs it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.lib.paths import ROOT, TERRAFORM
from pipeline.stacks.variables import parse

PAGE = ROOT / "docs" / "terraform.md"
MARKER = "<!-- `make reference` writes everything below this line from terraform/*.tf. -->\n"


def main() -> None:
    PAGE.write_text(renew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def renew(page: str, directory: Path = TERRAFORM) -> str:
    """Return `page` with the tables below `MARKER` from the Terraform files in `directory`."""
    written, _, _ = page.partition(MARKER)
    return written + MARKER + "\n" + reference(directory)


def reference(directory: Path) -> str:
    """Return the tables, in Markdown."""
    inputs = [
        (name, _type(block), _default(block), block["description"]) for name, block in _blocks(directory, "variable")
    ]
    outputs = [(name, block["description"]) for name, block in _blocks(directory, "output")]
    return "\n".join(
        [
            "## Inputs\n",
            *_table(("input", "type", "default", "description"), inputs),
            "\n## Outputs\n",
            *_table(("output", "description"), outputs),
            "",
        ]
    )


def _blocks(directory: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(directory.glob("*.tf")):
        for block in parse(path).get(kind, []):
            yield from block.items()


def _type(variable: dict[str, Any]) -> str:
    return f"`{variable['type'].removeprefix('${').removesuffix('}')}`"  # the parser wraps expressions


def _default(variable: dict[str, Any]) -> str:
    if "default" not in variable:
        return "required"
    return f"`{json.dumps(variable['default'])}`"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for name, *cells in sorted(rows):
        yield f"| `{name}` | {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    main()
