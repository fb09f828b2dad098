"""Installing into .venv doesn't depend on the caller's pip settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.lib.paths import ROOT

PIP_CONF = """
[global]
index-url = https://pypi.example/simple
timeout = 5
user = yes
[install]
timeout = 9
target = elsewhere
prefix = elsewhere
root = elsewhere
constraint = constraints.txt
no-deps = yes
extra-index-url =
    https://one.example/simple
    https://two.example/simple
"""


def effective_settings(**environment: str) -> set[str]:
    """Return the settings that pip has when the Makefile calls it, as `pip config list` prints them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    finished = subprocess.run(
        [sys.executable, ROOT / "scripts/isolated_pip.py", "config", "list"],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(finished.stdout.splitlines())


@pytest.fixture
def pip_conf(tmp_path: Path) -> str:
    path = tmp_path / "pip.conf"
    path.write_text(PIP_CONF)
    return str(path)


def test_only_index_and_network_settings_of_a_pip_conf_remain(pip_conf: str) -> None:
    settings = effective_settings(PIP_CONFIG_FILE=pip_conf)
    assert settings >= {
        ":env:.index-url='https://pypi.example/simple'",
        ":env:.extra-index-url='https://one.example/simple https://two.example/simple'",
        ":env:.timeout='9'",
    }
    remaining = {line.partition("=")[0] for line in settings}
    assert all(name.startswith(":env:.") for name in remaining)
    assert not {f":env:.{name}" for name in ("user", "target", "prefix", "root", "constraint", "no-deps")} & remaining


def test_the_environment_overrides_a_pip_conf(pip_conf: str) -> None:
    index = "https://mine.example/simple"
    ignored = {"PIP_TARGET": "x", "PIP_PREFIX": "x", "PIP_USER": "1", "PIP_CONSTRAINT": "x", "PIP_DRY_RUN": "1"}
    settings = effective_settings(PIP_CONFIG_FILE=pip_conf, PIP_INDEX_URL=index, **ignored)
    assert f":env:.index-url='{index}'" in settings
    assert not [line for line in settings for name in ("target", "prefix", "user", "constraint", "dry") if name in line]


def test_a_failure_of_pip_is_passed_on() -> None:
    finished = subprocess.run(
        [sys.executable, ROOT / "scripts/isolated_pip.py", "no-such-command"], capture_output=True, check=False
    )
    assert finished.returncode == 1
    assert b"no-such-command" in finished.stderr


def test_a_pip_conf_that_pip_cannot_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("no section")
    with pytest.raises(subprocess.CalledProcessError):
        effective_settings(PIP_CONFIG_FILE=str(path))
