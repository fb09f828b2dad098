"""`pipeline live`: what is saved in lambda/ runs at once."""

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pipeline.commands.common.options import Json, StackName
from pipeline.commands.watching import saved_modules
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.invocations import NO_UPLOADS, error_of
from pipeline.lib.paths import LAMBDA, ROOT
from pipeline.lib.terminal import out, print_json, say, steps
from pipeline.stacks import Stack
from pipeline.stacks.table import DEFAULT, stack_named


def live(json: Json = False, stack: StackName = DEFAULT) -> None:
    """Have a change that is saved in lambda/ run on the stack a second later, until Ctrl-C.

    Then the stack is brought up to date in the ordinary way, as by `pipeline up`.
    """
    place = stack_named(stack)
    deployment = place.describe()
    _reload(place, deployment, (), json=json)
    say(f"watching {LAMBDA.relative_to(ROOT)}/; Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        for changed in saved_modules(LAMBDA):
            _reload(place, deployment, changed, json=json)
    with steps() as tell:
        place.start(tell)


def _reload(place: Stack, deployment: Deployment, changed: Iterable[Path], *, json: bool) -> None:
    """Has the function run what is saved, and says how long that took, or why it does not load."""
    started = time.monotonic()
    place.reload(deployment)
    error = error_of(deployment, NO_UPLOADS)
    seconds = time.monotonic() - started
    names = sorted(path.name for path in changed)
    if json:
        print_json({"changed": names, "seconds": round(seconds, 3), "error": error or None})
    else:
        out.print(f"{', '.join(names) or 'all modules'}: {error or f'live after {seconds:.1f} s'}", markup=False)
