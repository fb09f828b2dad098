"""`make test-matrix` finds the Python versions of this machine."""

import os
import subprocess

from pipeline.lib.paths import ROOT

SCRIPT = ROOT / "scripts/test_matrix.sh"


def test_a_machine_without_any_of_the_versions_is_an_error() -> None:
    done = subprocess.run(
        [SCRIPT], env={**os.environ, "VERSIONS": "3.98 3.99"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "skipped Python 3.98, which this machine doesn't have" in done.stderr
    assert "none of these Python versions is installed: 3.98 3.99" in done.stderr


def test_every_version_that_the_project_supports_is_tested() -> None:
    assert "VERSIONS:-3.11 3.12 3.13" in SCRIPT.read_text()
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()
