"""LocalStack restarts under load. It loses everything, the command says so, and new uploads work."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.lib.errors import NotRunningError
from pipeline.lib.ports import free_port
from pipeline.lib.shell import run
from pipeline.lib.waiting import poll
from pipeline.stacks.localstack import LocalStack
from pipeline.stacks.table import get_stack
from tests.integration.commands import commands
from tests.integration.load import pictures, uploaded

COUNT = 20


@pytest.fixture
def restartable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalStack]:
    """A stack for this test alone, as `make up` starts it."""
    name = request.config.getoption("--stack")
    stack = get_stack(name).for_tests(tmp_path / "stack", free_port())
    if not isinstance(stack, LocalStack):
        pytest.skip("only LocalStack can be restarted")
    try:
        yield stack
    finally:
        stack.stop(print)


@pytest.mark.meddles
def test_a_restarted_localstack_is_reported_empty_and_takes_new_uploads(
    restartable: LocalStack, tmp_path: Path
) -> None:
    pipeline = commands(restartable)
    directory = pictures(tmp_path / "pictures", COUNT)
    load = threading.Thread(target=uploaded, args=(restartable.start(print), directory, "before/"))
    load.start()
    time.sleep(3)
    restart(restartable)
    load.join()
    with pytest.raises(NotRunningError, match="a restart leaves it empty"):
        pipeline("status")
    restartable.start(print)
    assert pipeline("status", "--json").lines[0]["uploads"] == 0
    uploads = pipeline("upload", str(directory), "--prefix", "after/", "--json")
    assert [line["state"] for line in uploads.lines] == ["complete"] * COUNT
    counts = pipeline("status", "--json").lines[0]
    assert (counts["complete"], counts["uploads"]) == (COUNT, COUNT)


def restart(stack: LocalStack) -> None:
    """Stop LocalStack as an operator or a crash does, and start it."""
    label = f"label=com.docker.compose.project={stack.project}"
    service = "label=com.docker.compose.service=localstack"
    container = run("docker", "ps", "--quiet", "--filter", label, "--filter", service).stdout.strip()
    run("docker", "restart", "--time", "5", container)
    form = "{{.State.Health.Status}}"
    healthy = poll(
        lambda: run("docker", "inspect", "--format", form, container).stdout.strip() == "healthy" or None, 180
    )
    assert healthy, "LocalStack did not come back"
    stack.remove_function_containers()
