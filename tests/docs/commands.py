"""The commands that README and docs name."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.lib.paths import ROOT

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
        """The program and its target or subcommand: "make demo", "aws s3 rm"."""
        program, *words = (word for word in shlex.split(self.text.splitlines()[-1]) if not ASSIGNMENT.match(word))
        name = Path(program).name
        return " ".join((name, *words[: 2 if name.startswith("aws") else 1]))


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
            yield from _script(token.content)
        yield from _inline(token.children or [])


def _session(text: str) -> Iterator[Command]:
    """What is typed at each "$ ", and what follows it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        typed, *shown = part.splitlines()
        yield Command(typed, tuple(shown))
        yield from (Command(line.strip()) for line in shown if line.startswith("  .venv/bin/"))


def _script(text: str) -> Iterator[Command]:
    """Each line, below the variables that are set before it."""
    variables: list[str] = []
    for line in text.splitlines():
        typed = re.sub(r"\s+# .*", "", line)
        if re.match(r'\w+="\$\(', typed):
            variables.append(typed)
        elif typed:
            yield Command("\n".join((*variables, typed)))


def _inline(tokens: list[Token]) -> Iterator[Command]:
    for token in tokens:
        if token.type == "code_inline" and INLINE.fullmatch(token.content):
            yield Command(token.content)
