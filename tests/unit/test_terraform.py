"""Variables in Terraform files, the reference in the docs, and the copy of terraform/ in the embedded stack."""

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import TERRAFORM
from pipeline.lib.ports import free_port
from pipeline.stacks import infrastructure
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.variables import PLAIN, Variables, parse
from scripts import terraform_reference

DECLARED = """
    variable "project" {
      type    = string
      default = "images"
    }
    variable "days" {
      type    = number
      default = -1 # a comment
    }
    variable "owner" {
      type = string
    }
    variable "computed" {
      default = "${local.name}-dev"
    }
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "variables.tf").write_text(DECLARED)
    return tmp_path


def test_a_variable_has_its_default(directory: Path) -> None:
    variables = Variables(directory)
    assert (variables.text("project"), variables.number("days")) == ("images", -1)


def test_values_take_precedence_as_in_terraform(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("project", "days", "owner"):
        monkeypatch.setenv(f"TF_VAR_{name}", "1")
    (directory / "terraform.tfvars").write_text('project = "photos"\ndays = 2\n')
    (directory / "team.auto.tfvars").write_text("days = 3\n")
    variables = Variables(directory)
    assert (variables.text("owner"), variables.text("project"), variables.number("days")) == ("1", "photos", 3)


@pytest.mark.parametrize("name", ["owner", "unknown"])
def test_a_variable_without_a_value_is_an_error(name: str, directory: Path) -> None:
    with pytest.raises(PipelineError, match=f"{name} has no value") as raised:
        Variables(directory).text(name)
    assert f"TF_VAR_{name}" in raised.value.remedy


def test_an_expression_is_an_error(directory: Path) -> None:
    with pytest.raises(PipelineError, match="computed is not a literal"):
        Variables(directory).text("computed")


def test_a_map_is_read_from_a_file_and_from_the_environment(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "more.tf").write_text('variable "tags" {\n  default = { a = "b" }\n}\n')
    assert Variables(directory).mapping("tags") == {"a": "b"}
    for text in ('{Team = "media", "Cost center" = "1"}', '{"Team": "media", "Cost center": "1"}'):
        monkeypatch.setenv("TF_VAR_tags", text)
        assert Variables(directory).mapping("tags") == {"Team": "media", "Cost center": "1"}
    for text in ("many", "{", "[]"):
        monkeypatch.setenv("TF_VAR_tags", text)
        with pytest.raises(PipelineError, match="the Terraform variable tags must be a map"):
            Variables(directory).mapping("tags")


def test_a_flag_is_true_or_false(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "more.tf").write_text('variable "all" {\n  default = false\n}\n')
    assert Variables(directory).flag("all") is False
    monkeypatch.setenv("TF_VAR_all", "true")
    assert Variables(directory).flag("all") is True
    monkeypatch.setenv("TF_VAR_all", "yes")
    with pytest.raises(PipelineError, match="all must be true or false, not 'yes'"):
        Variables(directory).flag("all")


def test_a_value_that_is_not_a_number_is_an_error(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_days", "many")
    with pytest.raises(PipelineError, match="days must be a whole number, not 'many'"):
        Variables(directory).number("days")


def test_a_list_comes_from_a_file_or_the_environment(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "lists.tf").write_text(
        'variable "suffixes" {\n  type = list(string)\n  default = []\n}\nvariable "bucket" {\n  default = null\n}\n'
    )
    assert (Variables(directory).texts("suffixes"), Variables(directory).optional("bucket")) == ([], None)
    monkeypatch.setenv("TF_VAR_suffixes", '[".jpg", ".png"]')
    monkeypatch.setenv("TF_VAR_bucket", "theirs")
    assert Variables(directory).texts("suffixes") == [".jpg", ".png"]
    assert Variables(directory).optional("bucket") == "theirs"
    (directory / "terraform.tfvars").write_text('suffixes = [".gif"]\n')
    assert Variables(directory).texts("suffixes") == [".gif"]


@pytest.mark.parametrize("value", [".jpg", "[", "7"])
def test_a_value_that_is_not_a_list_is_an_error(value: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_days", value)
    with pytest.raises(PipelineError, match="days must be a list"):
        Variables(directory).texts("days")


def test_a_broken_file_is_named(directory: Path) -> None:
    (directory / "terraform.tfvars").write_text("project =\n")
    with pytest.raises(PipelineError, match=r"terraform\.tfvars is not valid HCL"):
        Variables(directory)


def test_the_reference_matches_the_files() -> None:
    page = terraform_reference.PAGE.read_text()
    assert page == terraform_reference.renew(page), "run `make reference`"


def test_the_reference_has_inputs_and_outputs(directory: Path) -> None:
    (directory / "variables.tf").write_text(
        'variable "sizes" {\n  description = "This | that"\n  type = list(number)\n}\n'
        'variable "days" {\n  description = "Days"\n  type = number\n  default = null\n}\n'
    )
    (directory / "outputs.tf").write_text('output "url" {\n  description = "Where"\n  value = 1\n}\n')
    written = terraform_reference.reference(directory)
    assert "| `days` | `number` | `null` | Days |\n| `sizes` | `list(number)` | required | This \\| that |\n" in written
    assert "| `url` | Where |\n" in written


def test_the_example_sets_only_variables_that_exist() -> None:
    files = (parse(path) for path in TERRAFORM.glob("*.tf"))
    declared = {name for file in files for block in file.get("variable", []) for name in block}
    assert parse(TERRAFORM / "prod.tfvars.example").keys() <= declared


def resources() -> dict[str, Any]:
    """The resources of terraform/ as they are written, by address."""
    files = [hcl2.loads(path.read_text(), serialization_options=PLAIN) for path in TERRAFORM.glob("*.tf")]
    return {
        f"{kind}.{name}": arguments
        for file in files
        for block in file.get("resource", [])
        for kind, named in block.items()
        for name, arguments in named.items()
    }


def test_the_embedded_stack_repeats_the_terraform_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = resources()
    function = written["aws_lambda_function.processor"]
    (filters,) = written["aws_s3_bucket_notification.upload"]["dynamic"]
    (notified,) = filters["lambda_function"]["content"]
    assert function["runtime"] == infrastructure.RUNTIME
    assert function["handler"] == infrastructure.HANDLER
    assert notified["events"] == "${local.events}"
    (events,) = (block["events"] for block in parse(TERRAFORM / "trigger.tf")["locals"])
    assert re.findall(r'"(s3:.+?)"', events) == [*infrastructure.EVENTS, *infrastructure.REMOVALS]
    monkeypatch.setenv("TF_VAR_outcome_destination_arn", "arn:aws:sqs:us-east-1:000000000000:outcomes")
    stack, said = Embedded(tmp_path / "embedded", free_port()), list[str]()
    try:
        environment = environment_of(stack.start(said.append))
    finally:
        stack.stop(lambda _: None)
    assert any(line.startswith("outcomes are sent nowhere: MiniStack") for line in said)
    variables = function["environment"][0]["variables"]
    assert environment.keys() == variables.keys()
    assert environment["MALLOC_MMAP_THRESHOLD_"] == variables["MALLOC_MMAP_THRESHOLD_"]


def environment_of(deployment: Deployment) -> dict[str, str]:
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return dict(configuration["Environment"]["Variables"])
