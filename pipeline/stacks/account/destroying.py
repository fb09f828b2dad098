"""Destroy a deployment in an AWS account, after counting its objects and asking for its name."""

from contextlib import suppress
from dataclasses import dataclass

from pipeline.deployed.deployment import client
from pipeline.lib.errors import PipelineError
from pipeline.lib.terminal import progress, say, size
from pipeline.stacks.account.identity import Account
from pipeline.stacks.account.preflight import check_caller, check_target, confirm
from pipeline.stacks.account.terraform import evaluate, initialize, list_resources, read_outputs, terraform

# Outputs, and the resources that they name. A bucket of your own isn't a resource, and stays.
BUCKETS = {"upload_bucket_name": "aws_s3_bucket.upload", "processed_bucket_name": "aws_s3_bucket.processed"}


@dataclass(frozen=True)
class Content:
    """The number of object versions in a bucket, and their bytes."""

    bucket: str
    versions: int
    bytes: int


def destroy() -> None:
    """Delete everything that `deploy` created.

    This checks first whether the buckets are empty. Terraform fails at them only after it has deleted everything else.

    Raises:
        PipelineError: a bucket holds objects and force_destroy isn't set, or the caller doesn't agree.
    """
    account = check_caller()
    initialize()
    name, region = check_target(account)
    resources = list_resources()
    if not resources:
        say("nothing is deployed from here")
        return
    contents = [count_content(bucket, region) for bucket in _buckets(resources)]
    deletes_objects = bool(evaluate("var.force_destroy"))
    if not deletes_objects:
        _check_empty(contents)
    _ask(name, region, account, resources, contents)
    if deletes_objects:  # Terraform empties a bucket only if force_destroy is in the state, which takes an apply
        buckets = [f"-target={each}" for each in resources if each.startswith("aws_s3_bucket.")]
        terraform("apply", "-input=false", "-auto-approve", *buckets)
    terraform("destroy", "-input=false", "-auto-approve")


def count_content(bucket: str, region: str) -> Content:
    """Return the content of `bucket`. Delete markers count as versions without bytes."""
    s3 = client("s3", region)
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    versions = total = 0
    with progress(f"counting the objects in {bucket}", None) as counted, suppress(s3.exceptions.NoSuchBucket):
        for page in counted(pages):
            versions += len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
            total += sum(version["Size"] for version in page.get("Versions", []))
    return Content(bucket, versions, total)


def _buckets(resources: list[str]) -> list[str]:
    outputs = read_outputs()
    made = {address.partition("[")[0] for address in resources}
    return [outputs[name] for name, address in BUCKETS.items() if name in outputs and address in made]


def _check_empty(contents: list[Content]) -> None:
    full = [content for content in contents if content.versions]
    if full:
        raise PipelineError(
            f"nothing was deleted: {' and '.join(_describe(content) for content in full)}",
            f"download what you need (aws s3 sync s3://{full[0].bucket} DIRECTORY), then set TF_VAR_force_destroy=true"
            " to delete the objects too",
        )


def _describe(content: Content) -> str:
    return f"the bucket {content.bucket} holds {content.versions:,} object versions ({size(content.bytes)})"


def _ask(name: str, region: str, account: Account, resources: list[str], contents: list[Content]) -> None:
    for resource in resources:
        say(resource)
    for content in contents:
        if content.versions:
            say(f"{_describe(content)}, which will be lost")
    confirm(f"To delete all of this from account {account.number}, region {region}, type {name}:", answer=name)
