"""`pipeline logs`: show the function's log, request by request."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text

from pipeline.commands.common.options import Deadline, Json, StackName
from pipeline.deployed.logs import READING_SECONDS, Record, follow_records, read_records
from pipeline.lib.terminal import out, print_json, print_line, styled
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline logs --since 2h", "pipeline logs --follow")
COLORS = {"ERROR": "bold red", "WARN": "yellow", "INFO": "green"}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
INDENT = " " * 15  # below the level
PERIOD = re.compile(r"(\d+)([smhd])")


def parse_period(text: str) -> int:
    """Return the seconds of a period such as "90s", "15m", "2h", or "1d"."""
    if not (period := PERIOD.fullmatch(text)):
        raise typer.BadParameter("give a number and s, m, h or d, such as 15m")
    return int(period[1]) * UNITS[period[2]]


Follow = Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines until Ctrl-C.")]
Since = Annotated[
    int, typer.Option("--since", parser=parse_period, metavar="PERIOD", help="How far to go back: 90s, 15m, 2h.")
]


def logs(
    follow: Follow = False,
    since: Since = "15m",  # type: ignore[assignment]  # the parser gets it
    json: Json = False,
    deadline: Deadline = READING_SECONDS,
    stack: StackName = DEFAULT,
) -> None:
    """Show the function's log, grouped by request.

    The deadline is for reading existing lines. It doesn't end --follow.
    """
    deployment = get_stack(stack).describe()
    begin = time.time() - since
    show = _print_json if json else _print
    with suppress(KeyboardInterrupt):
        show((follow_records if follow else read_records)(deployment, begin, deadline))


def _print(lines: Iterable[Record]) -> None:
    request = None
    for record in lines:
        if record.request != request:
            request = record.request
            name = f"request {request}" if request else "outside a request"
            print_line(styled(f"{record.time:%Y-%m-%d %H:%M:%S}  {name}", "bold"))
        _print_record(record)


def _print_record(record: Record) -> None:
    """Print `record` on one line if it fits, and otherwise with each field, and each of its parts, on its own line."""
    time = f"  {record.time:%H:%M:%S.%f}"[:-3]
    level = styled(f"{record.level:5}", COLORS.get(record.level, ""))
    fields = {name: value for name, value in record.fields.items() if value not in (None, "", {}, [])}
    line = Text.assemble(time, " ", level, " ", styled(record.message), *_one_line(fields))
    if line.cell_len <= out.width:
        print_line(line)
        return
    print_line(time, " ", level, " ", record.message, hang=len(INDENT) + 2)
    for name, value in fields.items():
        for part in _lines(name, value):
            print_line(*part, hang=len(INDENT) + 4)


def _print_json(lines: Iterable[Record]) -> None:
    for record in lines:
        print_json(asdict(record) | {"time": record.time.isoformat()})


def _one_line(fields: Mapping[str, Any]) -> Iterator[Text]:
    for name, value in fields.items():
        yield styled(f"  {name} ", "dim")
        yield styled(_text(value))


def _lines(name: str, value: Any) -> Iterator[tuple[str | Text, ...]]:
    """Yield the lines of a field: one for a plain value, and one for each part of another."""
    if not isinstance(value, dict | list):
        yield INDENT, styled(f"{name} ", "dim"), str(value)
        return
    yield (INDENT, styled(name, "dim"))
    for part, each in value.items() if isinstance(value, dict) else enumerate(value):
        label = (styled(f"{part} ", "dim"),) if isinstance(value, dict) else ()
        yield INDENT, "  ", *label, _text(each)


def _text(value: Any) -> str:
    """Return `value` as text such as "read 12, decode 30"."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)
