"""The commands that README and docs name."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.paths import ROOT

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
INLINE = re.compile(r"(\w+=\S+ )*(make$|(make|pipeline|bash|\.venv/bin/\w+) .*)")
ASSIGNMENT = re.compile(r"\w+=")


@dataclass(frozen=True)
class Command:
    """A command as it stands on a page, and the lines that are shown below it as its output."""

    text: str
    output: tuple[str, ...] = field(default=(), compare=False)

    @property
    def kind(self) -> str:
        """The program and its target or subcommand: "make demo"."""
        words = [word for word in shlex.split(self.text) if not ASSIGNMENT.match(word)]
        return " ".join((Path(words[0]).name, *words[1:2]))


def commands() -> list[Command]:
    """Each command once; with its output, where a page shows that."""
    found: dict[str, Command] = {}
    for page in PAGES:
        for command in on_page(page.read_text()):
            if command.output or command.text not in found:
                found[command.text] = command
    return list(found.values())


def on_page(markdown: str) -> Iterator[Command]:
    """The commands of fenced shell blocks and of inline code."""
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "fence" and token.info == "console":
            yield from _session(token.content)
        elif token.type == "fence" and token.info == "sh":
            yield from (Command(line.partition("  #")[0]) for line in token.content.splitlines() if line.strip())
        yield from _inline(token.children or [])


def _session(text: str) -> Iterator[Command]:
    """What is typed at each "$ ", and what follows it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        typed, *shown = part.splitlines()
        yield Command(typed, tuple(shown))
        yield from (Command(line.strip()) for line in shown if line.startswith("  .venv/bin/"))


def _inline(tokens: list[Token]) -> Iterator[Command]:
    for token in tokens:
        if token.type == "code_inline" and INLINE.fullmatch(token.content):
            yield Command(token.content)
