"""The scripts before they do anything: what is missing, and what to do about it."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.lib.paths import ROOT
from tests.programs import add


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH of its own, with what the scripts need of every machine and nothing else."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in ("bash", "env", "dirname", "id", "paste", "tr", "rm", "mktemp", "cat"):
        found = next(Path(place, name) for place in ("/usr/bin", "/bin") if Path(place, name).exists())
        (directory / name).symlink_to(found)
    return directory


def run(script: str, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return subprocess.run(
        [ROOT / "scripts" / script],
        env={**clean, "PATH": str(programs), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_layer_needs_docker(programs: Path) -> None:
    finished = run("build_layer_docker.sh", programs)
    assert finished.returncode == 1
    assert "Docker is not installed" in finished.stderr
    assert "make demo" in finished.stderr


def test_the_layer_needs_a_daemon_that_answers(programs: Path) -> None:
    add(programs, "docker", 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1')
    finished = run("build_layer_docker.sh", programs)
    assert finished.returncode == 1
    assert "Cannot connect to the Docker daemon" in finished.stderr
    assert "start it" in finished.stderr


def test_deploying_needs_the_aws_cli_and_terraform(programs: Path) -> None:
    assert "aws is not installed" in run("deploy.sh", programs).stderr
    add(programs, "aws", "exit 0")
    assert "terraform is not installed" in run("deploy.sh", programs).stderr


@pytest.mark.parametrize("script", ["deploy.sh", "destroy.sh"])
def test_nothing_is_done_to_an_account_without_a_yes(script: str, programs: Path) -> None:
    add(programs, "aws", "exit 0")
    add(programs, "terraform", f'echo "$@" >>{programs}/calls')
    finished = run(script, programs)
    assert finished.returncode == 1
    assert "AUTO_APPROVE=1" in finished.stderr
    assert not (programs / "calls").exists()


@pytest.mark.parametrize("script", ["deploy.sh", "destroy.sh"])
def test_a_deployment_never_goes_to_an_emulator(script: str, programs: Path) -> None:
    add(programs, "aws", "exit 0")
    add(programs, "terraform", f'echo "$@" >>{programs}/calls')
    finished = run(script, programs, AUTO_APPROVE="1", AWS_ENDPOINT_URL="http://localhost:4566")
    assert finished.returncode == 1
    assert "unset AWS_ENDPOINT_URL" in finished.stderr
    assert not (programs / "calls").exists()


@pytest.mark.parametrize("script", ["deploy.sh", "destroy.sh"])
def test_credentials_have_to_answer(script: str, programs: Path) -> None:
    add(programs, "aws", 'echo "Unable to locate credentials" >&2; exit 253')
    add(programs, "terraform", f'echo "$@" >>{programs}/calls')
    finished = run(script, programs, AUTO_APPROVE="1")
    assert finished.returncode == 1
    assert "Unable to locate credentials" in finished.stderr
    assert "AWS_PROFILE" in finished.stderr
    assert not (programs / "calls").exists()


@pytest.fixture
def checkers(programs: Path) -> Path:
    """Programs that find nothing, and note how they were called."""
    for name in ("ruff", "lint-imports", "mypy", "shellcheck"):
        add(programs, name, f'echo "{name} $*" >>{programs}/calls')
    return programs


def test_linting_fixes_on_a_developers_machine(checkers: Path) -> None:
    finished = run("lint.sh", checkers, CI="")
    assert finished.returncode == 0, finished.stderr
    assert "skipped the checks that need terraform" in finished.stderr
    calls = (checkers / "calls").read_text().splitlines()
    assert calls[:2] == ["ruff check --quiet --fix-only .", "ruff format --quiet ."]
    assert "ruff format --check ." in calls


def test_linting_only_checks_in_ci_and_skips_nothing(checkers: Path) -> None:
    finished = run("lint.sh", checkers, CI="true")
    assert finished.returncode == 1
    assert "failed: terraform is not installed" in finished.stderr
    calls = (checkers / "calls").read_text().splitlines()
    assert not [call for call in calls if "fix" in call or call == "ruff format --quiet ."]


def test_linting_reports_every_finding(checkers: Path) -> None:
    for name in ("mypy", "lint-imports"):
        add(checkers, name, "exit 1")
    finished = run("lint.sh", checkers, CI="")
    assert finished.returncode == 1
    assert "failed: lint-imports --no-logo" in finished.stderr
    assert "failed: mypy" in finished.stderr
