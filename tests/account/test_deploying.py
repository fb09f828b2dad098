"""`pipeline up` and `pipeline down` on an AWS account: checks, output, refusals, repetition."""

import re
import shutil
from pathlib import Path

import pytest

from tests.account.checkout import Checkout
from tests.account.emulator import Account
from tests.integration.images import encoded, quarters
from tests.programs import add

PNG = encoded(quarters(16, 12), "PNG")
NAME = "image-processor-trial"


@pytest.fixture(scope="module")
def first_deployment(account: Account, tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, str]:
    """Provide a checkout that is deployed under its own name, which is in .env, and the output of deploying."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"), account.environment() | {"ALLOW_EMULATOR": "1"})
    (checkout.directory / ".env").write_text("TF_VAR_environment=trial\n")
    done = checkout.run("scripts/deploy.sh", "-y")
    assert done.status == 0, done.output
    return checkout, done.output


@pytest.fixture(scope="module")
def checkout(first_deployment: tuple[Checkout, str]) -> Checkout:
    return first_deployment[0]


@pytest.fixture(scope="module")
def printed(first_deployment: tuple[Checkout, str]) -> str:
    return first_deployment[1]


def test_deploying_shows_the_account_the_resources_and_the_cost(printed: str) -> None:
    assert f"deploying {NAME} to account 000000000000, region us-east-1, as arn:aws:iam::000000000000:root" in printed
    assert re.search(r"\d+ invocations at once in this account and region", printed)
    assert re.search(r"creates 2 buckets, .*1 function, .*1 queue", printed)
    assert re.search(r"without uploads it costs about \$\d\.\d\d a month: \d+ alarm metrics, 1 dashboard", printed)
    assert "for 15 minutes, S3 may not find new uploads" in printed


@pytest.fixture
def second(checkout: Checkout, account: Account, tmp_path: Path) -> Checkout:
    """Another checkout of the same deployment, without its state."""
    second = Checkout(tmp_path / "second", account.environment() | {"ALLOW_EMULATOR": "1"})
    shutil.copy(checkout.directory / ".env", second.directory)
    return second


def test_a_checkout_without_the_state_adopts_nothing(second: Checkout) -> None:
    done = second.run("scripts/deploy.sh", "-y")
    assert done.status == 1
    for existing in (f"the function {NAME}", f"the queue {NAME}-failures", f"the alarm {NAME}-errors", "the dashboard"):
        assert existing in done.output
    assert "make remote-state" in done.output
    assert "TF_VAR_environment" in done.output
    assert second.outputs() == {}


@pytest.mark.parametrize(
    ("script", "variable", "value"),
    [("deploy.sh", "TF_VAR_environment", "other"), ("destroy.sh", "TF_VAR_aws_region", "eu-west-1")],
    ids=["name", "region"],
)
def test_the_state_of_another_deployment_is_left_alone(
    script: str, variable: str, value: str, checkout: Checkout
) -> None:
    done = checkout.run(f"scripts/{script}", "-y", **{variable: value})
    assert done.status == 1
    assert f"describes {NAME} in account 000000000000, region us-east-1, but this would be" in done.output


def test_the_layer_fits_the_architecture_and_is_newer_than_its_sources(checkout: Checkout) -> None:
    (checkout.terraform / "team.auto.tfvars").write_text('architecture = "arm64"\n')
    layer = checkout.terraform / "pillow_layer_arm64.zip"
    try:
        assert not layer.exists()
        built = 0
        for _ in range(2):
            refused = checkout.run("scripts/deploy.sh", "-y", TF_VAR_retry_attempts="0")
            assert "the architecture changes while retry_attempts is 0" in refused.output
            assert layer.stat().st_mtime_ns > built
            built = layer.stat().st_mtime_ns
            (checkout.directory / "lambda/layer/requirements.txt").touch()
    finally:
        (checkout.terraform / "team.auto.tfvars").unlink()


# Fails the first apply as the provider does when S3 doesn't know the permission yet, after applying most of the plan.
HASTY = """
PATH=${PATH#*:} # without the folder of this program
case " $* " in
  *" apply "*tfplan*)
    terraform -chdir=terraform apply -input=false -auto-approve -target=aws_lambda_permission.upload_bucket
    echo "Error: creating S3 Bucket Notification: InvalidArgument:"
    echo "Unable to validate the following destination configurations"
    exit 1 ;;
esac
exec terraform "$@"
"""


def test_a_notification_that_is_too_early_is_applied_again(account: Account, tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "hasty", account.environment() | {"ALLOW_EMULATOR": "1"})
    add(checkout.programs, "terraform", HASTY)
    done = checkout.run("scripts/deploy.sh", "-y", TF_VAR_environment="hasty")
    assert done.status == 0, done.output
    assert "S3 didn't have the permission to invoke the function yet" in done.output
    bucket = checkout.outputs()["upload_bucket_name"]
    notification = account.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    assert notification["LambdaFunctionConfigurations"]


def test_destroying_counts_the_objects_and_keeps_them(checkout: Checkout, account: Account) -> None:
    bucket = checkout.outputs()["upload_bucket_name"]
    s3 = account.client("s3")
    for _ in range(2):
        s3.put_object(Bucket=bucket, Key="a.png", Body=PNG)
    s3.delete_object(Bucket=bucket, Key="a.png")
    done = checkout.run("scripts/destroy.sh", "-y")
    assert done.status == 1
    assert f"the bucket {bucket} holds 3 object versions ({2 * len(PNG)} B)" in done.output
    assert "TF_VAR_force_destroy=true" in done.output
    assert checkout.outputs()["upload_bucket_name"] == bucket


def test_destroying_leaves_nothing(checkout: Checkout, account: Account) -> None:
    bucket = checkout.outputs()["upload_bucket_name"]
    account.client("s3").put_object(Bucket=bucket, Key="b.png", Body=PNG)
    done = checkout.run("scripts/destroy.sh", "-y", TF_VAR_force_destroy="true")
    assert done.status == 0, done.output
    assert "which will be lost" in done.output
    assert checkout.run("scripts/destroy.sh", "-y").output.endswith("nothing is deployed from here\n")
    assert bucket not in {each["Name"] for each in account.client("s3").list_buckets()["Buckets"]}
    names = {each["FunctionName"] for each in account.client("lambda").list_functions()["Functions"]}
    assert NAME not in names
