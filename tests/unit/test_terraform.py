"""Values read from Terraform files."""

from pathlib import Path

import pytest

from pipeline.lib.errors import PipelineError
from pipeline.stacks.terraform import Configuration

FILES = {
    "variables.tf": """
        variable "project" {
          type    = string
          default = "images"
        }
        variable "days" {
          type    = number
          default = 14
        }
    """,
    "main.tf": """
        locals {
          name = "${var.project}-dev"
        }
        resource "aws_sqs_queue" "failures" {
          name      = "${local.name}-failures" # a comment
          retention = var.days * 86400
          public    = false
          bucket    = aws_s3_bucket.upload.id
          layers    = [aws_layer.pillow.arn]
          settings {
            level = "INFO"
          }
        }
    """,
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def test_expressions_are_evaluated(directory: Path) -> None:
    configuration = Configuration(directory)
    configuration.known["aws_s3_bucket.upload.id"] = "images-dev-upload-1"
    assert configuration.resource("aws_sqs_queue.failures") == {
        "name": "images-dev-failures",
        "retention": 14 * 86400,
        "public": False,
        "bucket": "images-dev-upload-1",
        "layers": ["${aws_layer.pillow.arn}"],
        "settings": [{"level": "INFO"}],
    }


def test_the_environment_goes_before_the_file_of_variables(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "terraform.tfvars").write_text('project = "photos"\ndays = 7\n')
    monkeypatch.setenv("TF_VAR_days", "3")
    queue = Configuration(directory).resource("aws_sqs_queue.failures")
    assert (queue["name"], queue["retention"]) == ("photos-dev-failures", 3 * 86400)


def test_what_is_missing_is_named(directory: Path) -> None:
    with pytest.raises(PipelineError, match=r"resource\.aws_sqs_queue\.other is not in the Terraform files"):
        Configuration(directory).resource("aws_sqs_queue.other")
