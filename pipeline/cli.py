"""The operator's command: `pipeline`."""

import signal
import sys

import typer

from pipeline.commands.backfill import backfill
from pipeline.commands.demo import demo
from pipeline.commands.doctor import doctor
from pipeline.commands.redrive import redrive
from pipeline.commands.stack import down, up
from pipeline.commands.status import status
from pipeline.commands.variants import variants
from pipeline.errors import PipelineError
from pipeline.terminal import show_error

app = typer.Typer(
    name="pipeline",
    help="Runs and operates the image pipeline on any of its stacks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (demo, doctor, variants, up, down, status, redrive, backfill):
    app.command()(command)


def main() -> None:
    """Entry point: an error is a sentence and a remedy, with status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is stopped
    try:
        app()
    except PipelineError as error:
        show_error(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
