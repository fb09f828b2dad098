"""`make package`: the module, ready to unpack next to other Terraform files."""

import re
import zipfile
from pathlib import Path

import pytest

from pipeline.lib.paths import LAMBDA, TERRAFORM
from pipeline.stacks.function_code import function_modules
from scripts import package


@pytest.fixture
def names(tmp_path: Path) -> set[str]:
    package.write(tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        return set(archive.namelist())


def test_the_package_has_the_module_without_what_makes_it_a_root(names: set[str]) -> None:
    terraform = {path.name for path in TERRAFORM.glob("*.tf")} - {"localstack_providers_override.tf", "backend.tf"}
    packed = {name.rpartition("/")[2] for name in names if name.endswith(".tf")}
    assert packed == terraform - {"root.tf"}


def test_only_the_file_that_is_left_out_configures_a_provider() -> None:
    assert [path.name for path in TERRAFORM.glob("*.tf") if "\nprovider " in path.read_text()] == ["root.tf"]


def test_the_package_has_the_function_that_terraform_compares_with_the_compiled_one(names: set[str]) -> None:
    modules = {f"image-pipeline/lambda/{path.relative_to(LAMBDA).as_posix()}" for path in function_modules()}
    assert {name for name in names if name.startswith("image-pipeline/lambda/")} == modules


def test_the_package_has_the_pages_that_the_module_refers_to(names: set[str]) -> None:
    pages = {page for path in TERRAFORM.glob("*.tf") for page in re.findall(r"docs/\w+\.md", path.read_text())}
    assert pages
    assert {f"image-pipeline/{page}" for page in pages} <= names


def test_the_package_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        package.write(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_package_has_no_state_and_no_settings(names: set[str]) -> None:
    assert not [name for name in names if ".tfstate" in name or name.endswith(".tfvars") or "/.terraform" in name]
