"""The list of commands, the options they all have, and how errors end the process."""

import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup
from typer.exceptions import TyperException

from pipeline.lib.environment import load_environment
from pipeline.lib.errors import PipelineError
from pipeline.lib.signals import exit_on_signals
from pipeline.lib.terminal import print_details, show_error
from pipeline.lib.text import visible

# Each is a module of pipeline/commands/ with a function of the same name and its EXAMPLES; the help keeps this order.
COMMANDS = (
    "demo",
    "doctor",
    "variants",
    "up",
    "down",
    "remote_state",
    "upload",
    "watch",
    "dev",
    "describe",
    "status",
    "gallery",
    "logs",
    "redrive",
    "backfill",
    "delete",
    "cost",
)

FAILED, INTERNAL_ERROR, INTERRUPTED = 1, 70, 130  # exit codes; 70 is EX_SOFTWARE in sysexits.h

EXIT_CODES = """\
\b
Exit codes:
  0    success: nothing is left to do
  1    something failed or needs attention: the output says what
  2    usage error
  70   internal error
  130  ended by Ctrl-C (143: by SIGTERM, 129: its terminal was closed)"""


class Commands(TyperGroup):
    """The commands. Their usage errors show what was typed like everything else: no character controls the terminal."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _escaped_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _escaped_errors():
            return super().invoke(ctx)


@contextmanager
def _escaped_errors() -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = visible(message)
        raise


app = typer.Typer(
    name="pipeline",
    cls=Commands,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _add(name: str) -> None:
    """Add the command `name`, with its examples below its help."""
    module = import_module(f"pipeline.commands.{name}")
    examples = "\n".join(("\b", "Examples:", *(f"  {example}" for example in module.EXAMPLES)))
    app.command(epilog=examples)(getattr(module, name))


for command in COMMANDS:
    _add(command)


@dataclass
class Run:
    """Settings of one run of the command."""

    debug: bool = False


@app.callback()
def configure(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Run and operate the image pipeline on any of its stacks.

    A file .env in the checkout can set STACK, AWS_PROFILE, and other variables. Variables in the environment take
    precedence.
    """
    context.ensure_object(Run).debug = debug


def main() -> None:
    """Run the command. An error ends it with a message, a remedy, and the exit code of its kind."""
    exit_on_signals()
    run = Run()
    try:
        load_environment()
        app(obj=run)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if run.debug:
            print_details(traceback.format_exc())
        sys.exit(report(error))


def report(error: Exception) -> int:
    """Print `error` and return the exit code."""
    if isinstance(error, PipelineError):
        show_error(error)
        return FAILED
    if isinstance(error, BotoCoreError | ClientError):
        show_error(PipelineError(str(error), "check that the stack is up and that your credentials are valid for it"))
        return FAILED
    again = shlex.join(("pipeline", "--debug", *sys.argv[1:]))
    show_error(PipelineError(f"internal error: {error!r}", f"`{again}` shows the traceback"))
    return INTERNAL_ERROR
