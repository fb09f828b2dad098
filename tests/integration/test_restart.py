"""LocalStack is stopped and started under load. It keeps nothing, says so, and begins anew."""

import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.lib.errors import NotRunningError
from pipeline.lib.ports import free_port
from pipeline.lib.shell import run
from pipeline.lib.waiting import poll
from pipeline.stacks import localstack, table
from pipeline.stacks.localstack import LocalStack
from tests.integration.commands import Ran
from tests.integration.load import pictures, uploaded

COUNT = 20


@pytest.fixture
def stack(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStack]:
    """A LocalStack of this test's own, as `make up` starts it; `pipeline --stack localstack` is on it."""
    if request.config.getoption("--stack") != "localstack":
        pytest.skip("only LocalStack forgets at a restart; the embedded stack ends with its process")
    monkeypatch.setattr(localstack, "PROJECT", f"image-pipeline-{secrets.token_hex(4)}")
    stack = LocalStack(tmp_path / "stack", free_port())
    monkeypatch.setitem(table.STACKS, "localstack", lambda _: stack)
    try:
        yield stack
    finally:
        stack.stop(print)


@pytest.mark.meddles
def test_a_restarted_localstack_says_that_it_is_empty_and_accounts_for_what_is_uploaded_again(
    stack: LocalStack, tmp_path: Path
) -> None:
    directory = pictures(tmp_path / "pictures", COUNT)
    load = threading.Thread(target=uploaded, args=(stack.start(print), directory, "before/"))
    load.start()
    time.sleep(3)
    restart()
    load.join()
    with pytest.raises(NotRunningError, match="a restart leaves it empty"):
        pipeline("status")
    stack.start(print)
    assert pipeline("status", "--json").lines[0]["uploads"] == 0
    uploads = pipeline("upload", str(directory), "--prefix", "after/", "--json")
    assert [line["state"] for line in uploads.lines] == ["complete"] * COUNT
    counts = pipeline("status", "--json").lines[0]
    assert (counts["complete"], counts["uploads"]) == (COUNT, COUNT)


def restart() -> None:
    """Stops LocalStack as an operator or a crash does, and starts it."""
    label = f"label=com.docker.compose.project={localstack.PROJECT}"
    service = "label=com.docker.compose.service=localstack"
    container = run("docker", "ps", "--quiet", "--filter", label, "--filter", service).stdout.strip()
    run("docker", "restart", "--time", "5", container)
    form = "{{.State.Health.Status}}"
    healthy = poll(
        lambda: run("docker", "inspect", "--format", form, container).stdout.strip() == "healthy" or None, 180
    )
    assert healthy, "LocalStack did not come back"
    localstack.remove_function_containers(localstack.PROJECT)


def pipeline(*arguments: str) -> Ran:
    done = CliRunner().invoke(app, [*arguments, "--stack", "localstack"], catch_exceptions=False)
    return Ran(done.exit_code, done.stdout, done.stderr)
