"""`pipeline cost --measured`: averages of what the function has logged."""

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.logs import find_records
from pipeline.lib.waiting import poll
from tests.integration.commands import Command
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process


def test_durations_and_sizes_come_from_the_log(
    process: Process, command: Command, deployment: Deployment, seconds: float
) -> None:
    process("a.png", encoded(quarters(64, 48), "PNG"))
    assert poll(lambda: next(find_records(deployment, "upload processed", 0), None), seconds)

    (printed,) = command("cost", "--measured", "--images", "1000", "--json").lines

    assert printed["variant_bytes"].keys() == {variant.name for variant in VARIANTS}
    assert min(printed["variant_bytes"].values()) > 0
    assert printed["upload_bytes"] > 0
    assert printed["seconds"] > 0
