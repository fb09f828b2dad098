"""Tests that take minutes: `make soak` runs them. The figures are in docs/soak.md."""

import threading
import time
from pathlib import Path

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.stacks import Stack
from tests.integration.commands import Command
from tests.integration.hands import hands_on
from tests.integration.load import pictures, uploaded
from tests.integration.objects import objects_below

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

COUNT = 1000


def test_a_thousand_uploads_have_one_outcome_each_in_constant_memory(
    command: Command, deployment: Deployment, folder: str, tmp_path: Path
) -> None:
    few, many = pictures(tmp_path / "few", 50), pictures(tmp_path / "many", COUNT)
    first = uploaded(deployment, few, f"{folder}/few/")
    started = time.monotonic()
    second = uploaded(deployment, many, f"{folder}/many/")
    seconds = time.monotonic() - started
    print(f"{COUNT} uploads: {seconds:.0f} s, {COUNT / seconds:.1f} a second; {first} MB, then {second} MB")
    counts = command("status", f"{folder}/many/", "--json").lines[0]
    assert (counts["complete"], counts["uploads"]) == (COUNT, COUNT)
    assert len(objects_below(f"{folder}/many/", deployment)) == COUNT * len(VARIANTS)
    assert second < first + 30


@pytest.mark.meddles
def test_a_stack_that_stops_under_load_loses_nothing(
    stack: Stack, command: Command, deployment: Deployment, folder: str, tmp_path: Path
) -> None:
    hands, count = hands_on(stack, deployment), COUNT // 4
    directory = pictures(tmp_path / "pictures", count)
    load = threading.Thread(target=uploaded, args=(deployment, directory, f"{folder}/"))
    load.start()
    for _ in range(3):
        time.sleep(3)
        hands.freeze(3)
    load.join()
    before = command("status", folder, "--json").lines[0]
    command("redrive", "--json")
    command("backfill", folder, "--json")
    after = command("status", folder, "--json").lines[0]
    print(f"after three stops: {before}; after redrive and backfill: {after}")
    assert (after["complete"], after["uploads"]) == (count, count)
    assert len(objects_below(f"{folder}/", deployment)) == count * len(VARIANTS)
