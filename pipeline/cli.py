"""The operator's command: `pipeline`."""

import shlex
import sys
import traceback
from dataclasses import dataclass
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from dotenv import load_dotenv

from pipeline.commands.backfill import backfill
from pipeline.commands.demo import demo
from pipeline.commands.dev import live
from pipeline.commands.doctor import doctor
from pipeline.commands.examples import epilog
from pipeline.commands.gallery import gallery
from pipeline.commands.logs import logs
from pipeline.commands.redrive import redrive
from pipeline.commands.stack import down, up
from pipeline.commands.status import status
from pipeline.commands.upload import upload
from pipeline.commands.variants import variants
from pipeline.commands.watch import watch
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.signals import end_in_order
from pipeline.lib.terminal import show_error

FAILED, DEFECT, INTERRUPTED = 1, 70, 130  # exit codes; 70 is EX_SOFTWARE of sysexits.h

EXIT_CODES = """\
Exit codes:
  0    done, and nobody has to do anything
  1    something has failed or is to be done: the output says what
  2    the command is written wrongly
  70   a defect of this program
  130  ended by Ctrl-C; 143 by SIGTERM, 129 with its terminal"""

app = typer.Typer(
    name="pipeline",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (demo, doctor, variants, up, down, upload, watch, live, status, gallery, logs, redrive, backfill):
    app.command(epilog=epilog(command.__name__))(command)


@dataclass
class Run:
    """What holds for a whole run of the command."""

    debug: bool = False


@app.callback()
def everywhere(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
) -> None:
    """Run and operate the image pipeline on any of its stacks.

    STACK and AWS_PROFILE, and other variables, may also stand in .env in the checkout; the environment goes first.
    """
    context.ensure_object(Run).debug = debug


def main() -> None:
    """Entry point: an error is a sentence and a remedy, and each kind of end has its exit code."""
    load_dotenv(ROOT / ".env")
    end_in_order()
    run = Run()
    try:
        app(obj=run)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if run.debug:
            traceback.print_exc()
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    """Tells a person of ERROR, and returns the exit code."""
    if isinstance(error, PipelineError):
        show_error(error)
        return FAILED
    if isinstance(error, BotoCoreError | ClientError):
        show_error(PipelineError(str(error), "is the stack up, and are its credentials the right ones?"))
        return FAILED
    again = shlex.join(("pipeline", "--debug", *sys.argv[1:]))
    show_error(PipelineError(f"a defect of this program: {error!r}", f"`{again}` shows where it is"))
    return DEFECT
