"""Find the commands in README.md and docs/."""

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
ON_AWS = ROOT / "docs/aws.md"  # tests/account runs its commands
INLINE = re.compile(r"(\w+=\S+ )*(make$|(make|pipeline|bash|aws|\.venv/bin/\w+) .*)")
ASSIGNMENT = re.compile(r"\w+=")


@dataclass(frozen=True)
class Command:
    """A command as a page shows it, with the output below it."""

    text: str
    output: tuple[str, ...] = field(default=(), compare=False)

    @property
    def kind(self) -> str:
        """The program with its target or subcommand: "make demo", "aws s3 rm"."""
        program, *words = (word for word in shlex.split(self.text.splitlines()[-1]) if not ASSIGNMENT.match(word))
        name = Path(program).name
        return " ".join((name, *words[: 2 if name.startswith("aws") else 1]))


def commands() -> list[Command]:
    """Return each command once, with its output if any page shows it."""
    found: dict[str, Command] = {}
    for page in PAGES:
        for command in commands_in(page.read_text()) if page != ON_AWS else ():
            if command.output or command.text not in found:
                found[command.text] = command
    return list(found.values())


def commands_in(markdown: str) -> Iterator[Command]:
    """Yield the commands of console blocks, sh blocks, and inline code."""
    yield from blocks_in(markdown)
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        yield from _inline(token.children or [])


def blocks_in(markdown: str) -> Iterator[Command]:
    """Yield the commands of console blocks and sh blocks."""
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "fence" and token.info == "console":
            yield from _in_session(token.content)
        elif token.type == "fence" and token.info == "sh":
            yield from _in_script(token.content)


def _in_session(text: str) -> Iterator[Command]:
    """Yield the command at each "$ " with the lines below it, and the commands that those lines suggest."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        typed, *shown = part.splitlines()
        yield Command(typed, tuple(shown))
        yield from (Command(line.strip()) for line in shown if line.startswith("  .venv/bin/"))


def _in_script(text: str) -> Iterator[Command]:
    """Yield each line, together with the variables that are set above it."""
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
