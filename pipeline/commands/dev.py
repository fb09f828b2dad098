"""`pipeline dev`: run each change that is saved in lambda/ on the stack."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import watchfiles

from pipeline.commands.common.options import Json, StackName
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.invocations import NO_UPLOADS, error_of
from pipeline.lib.paths import LAMBDA, ROOT
from pipeline.lib.terminal import print_json, print_line, say, steps
from pipeline.stacks import Stack
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline dev", "pipeline dev --stack embedded")
DEBOUNCE = 200  # milliseconds: an editor that saves several files makes one change


def dev(json: Json = False, stack: StackName = DEFAULT) -> None:
    """Run each change that you save in lambda/ on the stack.

    The stack must be up. Runs until Ctrl-C, then deploys lambda/ as `pipeline up` does.
    """
    place = get_stack(stack)
    deployment = place.describe()
    _reload(place, deployment, (), json=json)
    say(f"watching {LAMBDA.relative_to(ROOT)}/; Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        for changed in saved_modules(LAMBDA):
            _reload(place, deployment, changed, json=json)
    with steps() as say_and_time:
        place.start(say_and_time)


def saved_modules(directory: Path) -> Iterator[set[Path]]:
    """Yield the Python modules in `directory` that are saved at about the same time. Runs until Ctrl-C."""
    for changes in watchfiles.watch(directory, watch_filter=watchfiles.PythonFilter(), debounce=DEBOUNCE):
        yield {Path(name) for _, name in changes}


def _reload(place: Stack, deployment: Deployment, changed: Iterable[Path], *, json: bool) -> None:
    """Make the function run the saved code, and print how long that took, or why the code doesn't load."""
    started = time.monotonic()
    place.reload(deployment)
    error = error_of(deployment, NO_UPLOADS)
    seconds = time.monotonic() - started
    names = sorted(path.name for path in changed)
    if json:
        print_json({"changed": names, "seconds": round(seconds, 3), "error": error or None})
    else:
        print_line(f"{', '.join(names) or 'all modules'}: {error or f'live after {seconds:.1f} s'}")
