"""What Terraform plans, with mocked providers, and the files that it needs. `make lint` runs these."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.lib.paths import FUNCTION, TERRAFORM
from tests.terraform.copies import LAYERS, MACHINES, copy_terraform, write_layer

FILES = sorted(path.name for path in (TERRAFORM / "tests").glob("*.tftest.hcl"))
DEFAULTS = "tests/defaults.tftest.hcl"


@pytest.fixture(scope="session")
def initialized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """terraform/ and lambda/ in a directory, with a layer and a function as the builds leave them."""
    terraform = copy_terraform(tmp_path_factory.mktemp("checkout"))
    run(terraform, "init", "-backend=false")
    return terraform


@pytest.fixture
def terraform(initialized: Path, tmp_path: Path) -> Path:
    """A copy of the initialized directory, to change."""
    copy = tmp_path / "checkout" / "terraform"
    shutil.copytree(initialized.parent, copy.parent, symlinks=True)
    return copy


def test_the_configuration_is_valid(initialized: Path) -> None:
    run(initialized, "validate")


@pytest.mark.parametrize("name", FILES)
def test_the_plan_follows_the_variables(name: str, initialized: Path) -> None:
    assert " 0 passed" not in run(initialized, "test", f"-filter=tests/{name}")


def test_a_missing_layer_stops_the_plan(terraform: Path) -> None:
    (terraform / LAYERS["x86_64"]).unlink()
    assert "build it with `scripts/build_layer_docker.sh x86_64`" in refused(terraform)


def test_a_layer_for_another_architecture_stops_the_plan(terraform: Path) -> None:
    write_layer(terraform, "arm64", MACHINES["x86_64"])
    printed = refused(terraform, "-var=architecture=arm64")
    assert "has no modules *.cpython-312-aarch64-linux-gnu.so" in printed
    assert "build it for this architecture with `scripts/build_layer_docker.sh arm64`" in printed


def test_a_function_that_is_older_than_its_sources_stops_the_plan(terraform: Path) -> None:
    (terraform / FUNCTION.name / "events.py").write_text("# older\n")
    assert "compile it again with `scripts/build_function_docker.sh`" in refused(terraform)


EXAMPLE = """
mock_provider "aws" {
  source = "./tests/mocks"
}

run "example" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { region = "eu-central-1" }
  }
}
"""


def test_the_example_for_production_is_valid(terraform: Path) -> None:
    (terraform / "tests" / "example.tftest.hcl").write_text(EXAMPLE)
    run(terraform, "test", "-filter=tests/example.tftest.hcl", "-var-file=prod.tfvars.example")


def refused(terraform: Path, *options: str) -> str:
    """Return what Terraform prints on a plan that it refuses, in one line."""
    return run(terraform, "test", f"-filter={DEFAULTS}", *options, status=1)


def run(terraform: Path, *command: str, status: int = 0) -> str:
    finished = subprocess.run(
        ["terraform", *command, "-no-color"], cwd=terraform, capture_output=True, text=True, timeout=240, check=False
    )
    printed = " ".join((finished.stdout + finished.stderr).split())
    assert finished.returncode == status, printed
    return printed
