"""The operator's command: `pipeline`."""

import signal
import sys

import typer
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.commands.backfill import backfill
from pipeline.commands.demo import demo
from pipeline.commands.doctor import doctor
from pipeline.commands.gallery import gallery
from pipeline.commands.logs import logs
from pipeline.commands.redrive import redrive
from pipeline.commands.stack import down, up
from pipeline.commands.status import status
from pipeline.commands.upload import upload
from pipeline.commands.variants import variants
from pipeline.commands.watch import watch
from pipeline.errors import PipelineError
from pipeline.terminal import show_error

app = typer.Typer(
    name="pipeline",
    help="Runs and operates the image pipeline on any of its stacks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (demo, doctor, variants, up, down, upload, watch, status, gallery, logs, redrive, backfill):
    app.command()(command)


def main() -> None:
    """Entry point: an error is a sentence and a remedy, with status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is stopped
    try:
        app()
    except PipelineError as error:
        show_error(error)
        sys.exit(1)
    except (BotoCoreError, ClientError) as error:
        show_error(PipelineError(str(error), "is the stack up, and are its credentials the right ones?"))
        sys.exit(1)


if __name__ == "__main__":
    main()
