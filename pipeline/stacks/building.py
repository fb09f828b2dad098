"""What Terraform deploys: the layer and the function, built by make."""

from pipeline.lib.paths import ROOT
from pipeline.lib.shell import run
from pipeline.stacks import Say


def build(say: Say) -> None:
    """Build the layer and the function if they are missing or older than their sources, as make decides."""
    if _make("--question", "layer", accept=(0, 1)):
        say("building the Pillow layer, which takes minutes")
        _make("layer")
    _make("function")


def _make(*arguments: str, accept: tuple[int, ...] = (0,)) -> int:
    return run(
        "make", *arguments, cwd=ROOT, accept=accept, seconds=1800, remedy="run `make layer function` to see why"
    ).returncode
