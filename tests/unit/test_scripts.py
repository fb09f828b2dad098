"""The checks of the scripts: what is missing, and how to fix it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.lib.environment import load_environment
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT
from tests.programs import add


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return the only directory in PATH, with the programs that the scripts expect on every machine."""
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
def test_an_account_is_not_changed_without_confirmation(script: str, programs: Path) -> None:
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
def test_credentials_have_to_work(script: str, programs: Path) -> None:
    add(programs, "aws", 'echo "Unable to locate credentials" >&2; exit 253')
    add(programs, "terraform", f'echo "$@" >>{programs}/calls')
    finished = run(script, programs, AUTO_APPROVE="1")
    assert finished.returncode == 1
    assert "Unable to locate credentials" in finished.stderr
    assert "AWS_PROFILE" in finished.stderr
    assert not (programs / "calls").exists()


@pytest.fixture
def checkers(programs: Path) -> Path:
    """Install programs that find no problem, and record how they were called."""
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


def test_linting_in_ci_fixes_nothing_and_skips_nothing(checkers: Path) -> None:
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


@pytest.mark.parametrize("file", ["scripts/deploy.sh", "Makefile", ".ci/run", "pipeline/cli.py"])
def test_a_checkout_on_windows_keeps_unix_line_ends(file: str) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    shown = subprocess.run(["git", "check-attr", "eol", file], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout == f"{file}: eol: lf\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the command and the scripts, with an .env."""
    for folder in ("lambda", "pipeline", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".env").write_text("AWS_PROFILE=from-file\nTF_VAR_environment=from-file\n")
    return tmp_path


@pytest.mark.parametrize(("target", "script"), [("deploy-aws", "up"), ("destroy-aws", "down")])
def test_make_deploys_with_the_command(target: str, script: str) -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines()[-1] == f".venv/bin/pipeline {script} --stack aws"


@pytest.mark.parametrize(
    "command",
    [
        ("scripts/deploy.sh",),
        ("scripts/destroy.sh",),
        (".venv/bin/python", "-m", "pipeline", "up", "--stack", "aws"),
        (".venv/bin/python", "-m", "pipeline", "down", "--stack", "aws"),
        (".venv/bin/python", "-m", "pipeline", "remote-state"),
    ],
    ids=lambda command: command[-1],
)
def test_deploying_and_destroying_read_the_env_file_and_the_environment_goes_first(
    command: tuple[str, ...], checkout: Path, programs: Path
) -> None:
    for name in ("aws", "terraform"):
        add(programs, name, "exit 1")
    (checkout / ".venv").symlink_to(Path(sys.prefix))
    assert "The config profile (from-file) could not be found" in run_in(checkout, command, programs)
    shown = run_in(checkout, command, programs, AWS_PROFILE="from-environment")
    assert "The config profile (from-environment) could not be found" in shown


def run_in(checkout: Path, command: tuple[str, ...], programs: Path, **environment: str) -> str:
    """Return what `command` prints on standard error."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return subprocess.run(
        command,
        cwd=checkout,
        env={**clean, "PATH": str(programs), "AUTO_APPROVE": "1", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    ).stderr


def test_the_tests_on_aws_read_the_env_file_too(checkout: Path) -> None:
    shutil.copytree(ROOT / "tests", checkout / "tests", ignore=shutil.ignore_patterns("__pycache__", "corpus"))
    shutil.copy(ROOT / "pyproject.toml", checkout)
    (checkout / "tests/test_env.py").write_text(
        "import os\n\n\ndef test_env():\n    assert os.environ['TF_VAR_environment'] == 'from-file'\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_", "PYTEST"))}
    command = [sys.executable, "-m", "pytest", "-q", "tests/test_env.py", "--stack"]
    codes = [
        subprocess.run([*command, stack], cwd=checkout, env=clean, capture_output=True, timeout=60, check=False)
        for stack in ("aws", "embedded")
    ]
    assert [done.returncode for done in codes] == [0, 1]


def test_an_env_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("AWS_PROFILE=Büro\n".encode("latin-1"))
    with pytest.raises(PipelineError, match="is not UTF-8"):
        load_environment(tmp_path / ".env")


STATE_FILES = (
    "backend.tf",
    "terraform.tfstate",
    "terraform.tfstate.d/prod/terraform.tfstate",
    ".terraform/environment",
    ".terraform/terraform.tfstate",
)


def test_cleaning_keeps_the_state_and_the_workspace(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "lambda").mkdir()
    for name in (*STATE_FILES, ".terraform/providers/aws", "pillow_layer.zip", "function/events.py"):
        path = tmp_path / "terraform" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subprocess.run(["make", "clean"], cwd=tmp_path, capture_output=True, check=True)
    terraform = tmp_path / "terraform"
    left = {str(path.relative_to(terraform)) for path in terraform.rglob("*") if path.is_file()}
    assert left == set(STATE_FILES)
