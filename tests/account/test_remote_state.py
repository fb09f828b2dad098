"""The Terraform state in a bucket: private, versioned, encrypted, and the same for every checkout."""

from pathlib import Path

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.account.checkout import Checkout
from tests.account.emulator import Account

ENVIRONMENT = {"TF_VAR_environment": "remote", "AUTO_APPROVE": "1"}
BUCKET, KEY = "image-processor-remote-state-000000000000-us-east-1", "image-processor-remote.tfstate"
QUEUE = "aws_sqs_queue.failures"


@pytest.fixture
def checkouts(account: Account, tmp_path: Path) -> tuple[Checkout, Checkout]:
    """Two checkouts of one deployment."""
    environment = account.environment() | {"ALLOW_EMULATOR": "1"} | ENVIRONMENT
    return Checkout(tmp_path / "one", environment), Checkout(tmp_path / "two", environment)


def test_checkouts_share_a_state_until_it_is_local_again(
    checkouts: tuple[Checkout, Checkout], account: Account
) -> None:
    one, two = checkouts
    one.succeed("terraform", "-chdir=terraform", "init", "-input=false")
    one.succeed("terraform", "-chdir=terraform", "apply", "-auto-approve", "-input=false", f"-target={QUEUE}")
    resources = one.succeed("terraform", "-chdir=terraform", "state", "list")
    assert QUEUE in resources.splitlines()
    one.succeed("make", "remote-state")
    check_bucket(account)
    assert "use_lockfile = true" in (one.terraform / "backend.tf").read_text()

    two.succeed("make", "remote-state")  # which fetches the state, as the first one has it
    assert two.succeed("terraform", "-chdir=terraform", "state", "list") == resources

    refused = two.run("make", "remote-state", "ARGS=--delete-bucket")
    assert f"the state in {BUCKET} describes a deployment" in refused.output
    two.succeed("terraform", "-chdir=terraform", "destroy", "-auto-approve", "-input=false")
    two.succeed("make", "remote-state", "ARGS=--delete-bucket")
    assert not (two.terraform / "backend.tf").exists()
    with pytest.raises(ClientError, match="Not Found"):
        account.client("s3").head_bucket(Bucket=BUCKET)


def check_bucket(account: Account) -> None:
    """Check that the bucket holds the state, and how it is protected."""
    s3 = account.client("s3")
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["ServerSideEncryption"] == "AES256"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    assert "DenyWithoutTLS" in s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    anonymous = account.client("s3", config=Config(signature_version=UNSIGNED))
    with pytest.raises(ClientError, match="AccessDenied"):
        anonymous.get_object(Bucket=BUCKET, Key=KEY)
