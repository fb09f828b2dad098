"""`pipeline watch`: what appears in a directory is uploaded."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common.options import Deadline, Json, KeyPrefix, StackName
from pipeline.commands.upload import tell
from pipeline.commands.watching import written_files
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.uploads import Result, most_at_once, process_file
from pipeline.lib.errors import PipelineError
from pipeline.lib.terminal import say, show_error
from pipeline.stacks.table import DEFAULT, stack_named

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The directory, with its folders.")]


def watch(
    directory: Directory,
    prefix: KeyPrefix = "",
    json: Json = False,
    deadline: Deadline = 600,
    stack: StackName = DEFAULT,
) -> None:
    """Upload each file that is put into a directory, as soon as it is fully written; Ctrl-C ends it.

    What is there already is left alone. A file that is written again is uploaded again.
    """
    if not directory.is_dir():
        raise PipelineError(f"{directory} is not a directory", "name one that images are put into")
    deployment = stack_named(stack).describe()
    say(f"watching {directory}; Ctrl-C ends it")
    root = directory.resolve()
    with ThreadPoolExecutor(most_at_once(deployment)) as pool:
        with suppress(KeyboardInterrupt):
            for path in written_files(root):
                key = prefix + path.relative_to(root).as_posix()
                running = pool.submit(process_file, deployment, key, path, deadline)
                running.add_done_callback(lambda done: _tell(deployment, done, json=json))
        say("ending when the uploads under way have their outcomes")


def _tell(deployment: Deployment, done: Future[Result], *, json: bool) -> None:
    if error := done.exception():
        show_error(PipelineError(f"not uploaded: {error}", "put the file there again, or `make upload` it"))
    else:
        tell(deployment, done.result(), json=json)
