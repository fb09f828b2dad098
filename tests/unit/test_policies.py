"""The policies in docs/policies match the code."""

import json
from pathlib import Path

import pytest

from pipeline.lib.errors import PipelineError
from pipeline.stacks.account import policies


@pytest.mark.parametrize("name", ["deploy", "operate"])
def test_the_file_is_up_to_date(name: str) -> None:
    path = policies.POLICIES / f"{name}.json"
    assert path.read_text() == policies.text_of(policies.policies()[name]), "run `make policies`"


@pytest.mark.parametrize("name", ["deploy", "operate"])
def test_iam_accepts_the_policy(name: str) -> None:
    text = json.dumps(policies.policies()[name])
    assert len("".join(text.split())) <= policies.MAX_CHARACTERS


def test_requests_in_the_code_become_permissions(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        'deployment.s3.head_object()\nclient("iam", region).list_account_aliases()\n'
        'deployment.s3.get_paginator("list_object_versions")\nfunctions.invoke()\nother.get_object()\n'
    )
    rights = set(policies._rights_of_code([str(tmp_path)]))
    assert rights == {
        "s3:GetObject",
        "s3:GetObjectVersion",
        "iam:ListAccountAliases",
        "s3:ListBucketVersions",
        "lambda:InvokeFunction",
    }


def test_a_new_type_of_resource_needs_its_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new.tf").write_text('resource "aws_new_thing" "this" {\n}\n')
    monkeypatch.setattr(policies, "TERRAFORM", tmp_path)
    with pytest.raises(PipelineError, match="the permissions that aws_new_thing needs are unknown"):
        policies.policies()


def test_nothing_but_names_of_the_project_can_be_changed() -> None:
    for policy in policies.policies().values():
        for statement in policy["Statement"]:
            if statement["Resource"] == "*":
                assert set(statement["Action"]) <= policies.ANYWHERE
            else:
                assert all("image-processor-*" in resource for resource in statement["Resource"])
