"""`pipeline logs`: what the function says, request by request."""

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
from pipeline.lib.terminal import out, print_json
from pipeline.stacks.table import DEFAULT, stack_named

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
COLORS = {"ERROR": "bold red", "WARN": "yellow", "INFO": "green"}
PERIOD = re.compile(r"(\d+)([smhd])")


def seconds(text: str) -> int:
    """ "90s", "15m", "2h" or "1d" in seconds."""
    if not (period := PERIOD.fullmatch(text)):
        raise typer.BadParameter("give a number and s, m, h or d, such as 15m")
    return int(period[1]) * UNITS[period[2]]


Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is being written, until Ctrl-C.")]
Since = Annotated[
    int, typer.Option("--since", parser=seconds, metavar="PERIOD", help="From when on: 90s, 15m, 2h, 1d ago.")
]


def logs(
    follow: Follow = False,
    since: Since = "15m",  # type: ignore[assignment]  # it is parsed too
    json: Json = False,
    deadline: Deadline = READING_SECONDS,
    stack: StackName = DEFAULT,
) -> None:
    """Show the function's log, the lines of a request together.

    The deadline is for reading what is there; it does not end --follow.
    """
    deployment = stack_named(stack).describe()
    begin = time.time() - since
    show = _show_json if json else _show
    with suppress(KeyboardInterrupt):
        show((following if follow else records)(deployment, begin, deadline))


def _show(lines: Iterable[Record]) -> None:
    request = None
    for record in lines:
        if record.request != request:
            request = record.request
            out.print(Text(f"{record.time:%Y-%m-%d %H:%M:%S}  request {request or 'unknown'}", "bold"))
        level = Text(f"{record.level:5}", COLORS.get(record.level, ""))
        out.print(
            Text.assemble(
                "  ", f"{record.time:%H:%M:%S.%f}"[:-3], " ", level, " ", record.message, _details(record.fields)
            )
        )


def _show_json(lines: Iterable[Record]) -> None:
    for record in lines:
        print_json(asdict(record) | {"time": record.time.isoformat()})


def _details(fields: Mapping[str, Any]) -> Text:
    shown = Text()
    for name, value in fields.items():
        if value not in (None, {}, []):
            shown.append(f"  {name} ", "dim").append(_plain(value))
    return shown


def _plain(value: Any) -> str:
    """VALUE in one line: "read 12, decode 30"."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)
