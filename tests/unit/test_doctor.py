"""`pipeline doctor`: its findings."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.commands.doctor import doctor
from pipeline.deployed.deployment import Deployment
from pipeline.lib.terminal import out
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.machine import NEEDS
from pipeline.stacks.table import STACKS, get_stack
from tests.programs import add

TOOLS = {
    "make": 'echo "GNU Make 4.3"',
    "docker": '[ "$1" = version ] && echo 28.2.2 || echo "Docker version 28.2.2"',
    "terraform": 'echo "Terraform v1.13.1"',
    "aws": 'echo "aws-cli/2.31.0"',
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty directory, the only one in PATH. There are no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def examined(stack: str = "embedded", status: int = 0) -> dict[str, Any]:
    finished = CliRunner().invoke(app, ["doctor", "--stack", stack, "--json"])
    assert finished.exit_code == status, finished.output
    report: dict[str, Any] = json.loads(finished.stdout)
    return report


@pytest.mark.usefixtures("programs")
def test_a_bare_machine_runs_the_embedded_stack_only() -> None:
    report = examined()
    assert report["missing"]["embedded"] == []
    assert report["missing"]["localstack"][:4] == ["make", "Docker", "Docker's daemon", "Docker Compose"]
    assert report["missing"]["aws"] == ["Docker", "Docker's daemon", "Terraform", "AWS CLI", "AWS credentials"]
    docker = next(finding for finding in report["findings"] if finding["name"] == "Docker")
    assert (docker["found"], docker["problem"]) == (None, "Docker is not installed")
    assert "get-docker" in docker["remedy"]


@pytest.mark.usefixtures("programs")
def test_a_chosen_stack_that_cannot_run_is_a_problem() -> None:
    examined("localstack", status=1)
    examined("aws", status=1)


def test_a_machine_with_everything_runs_every_stack(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, script in TOOLS.items():
        add(programs, name, script)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr("pipeline.stacks.machine.ROOM_GB", 0)
    assert examined("aws")["missing"] == {name: [] for name in STACKS}


def test_a_daemon_that_does_not_answer_differs_from_a_missing_docker(programs: Path) -> None:
    add(programs, "docker", '[ "$1" = version ] && { echo "Cannot connect" >&2; exit 1; } || echo "Docker 28"')
    report = examined()
    assert "Docker" not in report["missing"]["localstack"]
    daemon = next(finding for finding in report["findings"] if finding["name"] == "Docker's daemon")
    assert daemon["problem"] == "Docker's daemon does not answer: Cannot connect"
    assert "systemctl start docker" in daemon["remedy"]


@pytest.mark.usefixtures("programs")
def test_the_output_says_which_stacks_can_run() -> None:
    finished = CliRunner().invoke(app, ["doctor"])
    assert "embedded: can run here" in finished.stdout
    assert "localstack: needs make, Docker, Docker's daemon" in finished.stdout
    assert "  Terraform: install it: https://" in finished.stdout


def test_a_long_version_is_shortened_to_the_width_of_the_terminal(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(programs, "aws", f'echo "aws-cli/2.31.0 {"x" * 200} botocore/2.0"')
    monkeypatch.setattr(out, "width", 80)
    doctor(stack="embedded")
    lines = capsys.readouterr().out.splitlines()
    (version,) = [line for line in lines if "aws-cli" in line]
    assert "…" in version
    assert version.rstrip().endswith("botocore/2.0")
    assert max(map(len, lines[: lines.index(version) + 1])) <= 80


def test_the_needs_of_each_stack_are_checked() -> None:
    assert {need for name in STACKS for need in get_stack(name).needs} <= set(NEEDS)


@pytest.mark.usefixtures("programs")
def test_a_taken_port_is_reported_and_stops_no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stacks.machine.is_taken", lambda _: True)
    finished = CliRunner().invoke(app, ["doctor", "--stack", "embedded"])
    assert finished.exit_code == 0
    assert "make up PORT=4570" in finished.stdout


@pytest.mark.usefixtures("programs")
def test_a_port_that_a_stack_of_this_checkout_uses_is_not_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    running = Deployment("upload", "processed", "processor", "http://queue", "us-east-1", "http://127.0.0.1:4566")
    monkeypatch.setattr("pipeline.stacks.machine.is_taken", lambda _: True)
    monkeypatch.setattr(Embedded, "describe", lambda _: running)
    (port,) = [finding for finding in examined()["findings"] if finding["name"] == "port 4566"]
    assert port["found"] == "the embedded stack of this checkout uses it"
    assert port["problem"] is None
