"""Keep the Terraform state in a bucket of the account, for every checkout and every machine."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from pipeline.deployed.deployment import client
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import TERRAFORM
from pipeline.lib.shell import run
from pipeline.lib.terminal import say
from pipeline.stacks.account.preflight import check_caller, check_target, confirm
from pipeline.stacks.account.terraform import command, initialize, list_resources

BACKEND = TERRAFORM / "backend.tf"
MIN_TERRAFORM = (1, 10)  # the first one with use_lockfile
MISSING = ("404", "NoSuchBucket")


@dataclass(frozen=True)
class Place:
    """Where the state of a deployment is: in a bucket in its account and region."""

    bucket: str
    key: str
    region: str
    partition: str  # of ARNs: "aws" outside China and GovCloud

    @property
    def backend(self) -> str:
        """Return the content of terraform/backend.tf."""
        return (
            "# Written by `make remote-state`. Commit it, so that every checkout uses the same state.\n"
            "terraform {\n"
            '  backend "s3" {\n'
            f'    bucket       = "{self.bucket}"\n'
            f'    key          = "{self.key}"\n'
            f'    region       = "{self.region}"\n'
            "    encrypt      = true\n"
            "    use_lockfile = true\n"
            "  }\n"
            "}\n"
        )


def keep_remotely() -> Place:
    """Create the bucket unless it exists, write terraform/backend.tf, move the state there, and return the place.

    In a checkout without a state, this fetches the state from the bucket.

    Raises:
        PipelineError: Terraform is too old, another backend is configured, or both places have a state.
    """
    place = _place()
    _check_version()
    s3 = client("s3", place.region)
    local = list_resources()
    if BACKEND.exists():
        _check_backend(place)
    elif local and _holds_state(s3, place):
        raise PipelineError(
            f"this checkout and the bucket {place.bucket} both hold a state",
            "move terraform/terraform.tfstate away to use the bucket's, or delete the bucket's state to use this one",
        )
    if not _exists(s3, place.bucket):
        confirm(f"Create the bucket {place.bucket} in region {place.region} for the state? Only yes is accepted:")
    _create(s3, place)
    _switch(place)
    say(f"the state is in s3://{place.bucket}/{place.key}; commit terraform/{BACKEND.name}")
    return place


def keep_locally() -> Place:
    """Move the state back to terraform/terraform.tfstate, delete its bucket, and return where it was.

    Raises:
        PipelineError: the state isn't in the bucket, or something is still deployed.
    """
    place = _place()
    if not BACKEND.exists():
        raise PipelineError("the state of this checkout is local", "nothing needs to be done")
    _check_backend(place)
    if list_resources():
        raise PipelineError(
            f"the state in {place.bucket} describes a deployment", "run `make destroy-aws` first, or keep the bucket"
        )
    confirm(f"To delete the bucket of the state with all its versions, type {place.bucket}:", answer=place.bucket)
    BACKEND.unlink()
    initialize("-migrate-state", "-force-copy")
    _delete(client("s3", place.region), place.bucket)
    say(f"deleted the bucket {place.bucket}")
    return place


def _place() -> Place:
    account = check_caller()
    initialize()
    name, region = check_target(account)
    return Place(f"{name}-state-{account.number}-{region}", f"{name}.tfstate", region, account.caller.split(":")[1])


def _check_version() -> None:
    version = json.loads(run(*command("version", "-json")).stdout)["terraform_version"]
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_TERRAFORM:
        raise PipelineError(
            f"Terraform {version} can't lock a state in S3",
            f"install {'.'.join(map(str, MIN_TERRAFORM))} or newer: https://developer.hashicorp.com/terraform/install",
        )


def _check_backend(place: Place) -> None:
    if BACKEND.read_text() != place.backend:
        raise PipelineError(
            f"terraform/{BACKEND.name} names another backend than s3://{place.bucket}/{place.key}",
            "keep that backend, or move the state out of it first",
        )


def _exists(s3: Any, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return False
        raise
    return True


def _holds_state(s3: Any, place: Place) -> bool:
    """Return whether the bucket has a state, in any workspace."""
    return _exists(s3, place.bucket) and "Contents" in s3.list_objects_v2(Bucket=place.bucket, MaxKeys=1)


def _create(s3: Any, place: Place) -> None:
    """Create a private, versioned, encrypted bucket. Safe to repeat."""
    bucket = place.bucket
    if not _exists(s3, bucket):
        location = {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
        s3.create_bucket(Bucket=bucket, **({} if place.region == "us-east-1" else location))
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(place)))


def _tls_only(place: Place) -> dict[str, Any]:
    arn = f"arn:{place.partition}:s3:::{place.bucket}"
    statement = {
        "Sid": "DenyWithoutTLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _switch(place: Place) -> None:
    is_new = not BACKEND.exists()
    BACKEND.write_text(place.backend)
    try:
        initialize("-migrate-state", "-force-copy")
    except PipelineError:
        if is_new:
            BACKEND.unlink()
        raise


def _delete(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        doomed = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
        if doomed:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
    s3.delete_bucket(Bucket=bucket)
