"""`pipeline logs`: show the function's log, request by request."""

import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text

from pipeline.commands.common.options import Deadline, Json, StackName
from pipeline.deployed.logs import READING_SECONDS, Record, following, records
from pipeline.lib.terminal import print_json, print_line, styled
from pipeline.stacks.table import DEFAULT, stack_named

EXAMPLES = ("pipeline logs --since 2h", "pipeline logs --follow")
COLORS = {"ERROR": "bold red", "WARN": "yellow", "INFO": "green"}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
PERIOD = re.compile(r"(\d+)([smhd])")


def parse_period(text: str) -> int:
    """Return "90s", "15m", "2h" or "1d" in seconds."""
    if not (period := PERIOD.fullmatch(text)):
        raise typer.BadParameter("give a number and s, m, h or d, such as 15m")
    return int(period[1]) * UNITS[period[2]]


Follow = Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines until Ctrl-C.")]
Since = Annotated[
    int, typer.Option("--since", parser=parse_period, metavar="PERIOD", help="How far to go back: 90s, 15m, 2h, 1d.")
]


def logs(
    follow: Follow = False,
    since: Since = "15m",  # type: ignore[assignment]  # the parser gets it
    json: Json = False,
    deadline: Deadline = READING_SECONDS,
    stack: StackName = DEFAULT,
) -> None:
    """Show the function's log, grouped by request.

    The deadline is for reading what is there: it does not end --follow.
    """
    deployment = stack_named(stack).describe()
    begin = time.time() - since
    show = _print_json if json else _print
    with suppress(KeyboardInterrupt):
        show((following if follow else records)(deployment, begin, deadline))


def _print(lines: Iterable[Record]) -> None:
    request = None
    for record in lines:
        if record.request != request:
            request = record.request
            print_line(styled(f"{record.time:%Y-%m-%d %H:%M:%S}  request {request or 'unknown'}", "bold"))
        level = styled(f"{record.level:5}", COLORS.get(record.level, ""))
        print_line(f"  {record.time:%H:%M:%S.%f}"[:-3], " ", level, " ", record.message, _details(record.fields))


def _print_json(lines: Iterable[Record]) -> None:
    for record in lines:
        print_json(asdict(record) | {"time": record.time.isoformat()})


def _details(fields: Mapping[str, Any]) -> Text:
    shown = Text()
    for name, value in fields.items():
        if value not in (None, {}, []):
            shown = shown.append_text(styled(f"  {name} ", "dim")).append_text(styled(_one_line(value)))
    return shown


def _one_line(value: Any) -> str:
    """Return `value` as a line such as "read 12, decode 30"."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_one_line(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_one_line, value))
    return str(value)
