"""The commands of docs/aws.md run in their order, from an empty account back to an empty one.

Their user has the rights in docs/policies, and no others.
"""

import json
import re
from collections.abc import Iterator

import pytest
from PIL import Image

from pipeline.deployed.function import VARIANTS
from pipeline.stacks.account.policies import POLICIES
from tests.account.checkout import Checkout
from tests.account.emulator import Account
from tests.docs.commands import ON_AWS, Command, blocks_in
from tests.docs.test_commands import shape

NOT_RUN = {
    "aws logs put-query-definition": "the emulator has no saved queries",
    "aws logs tail": "needs the AWS CLI 2",
    "make test-aws": "runs the integration tests, which is another matter",
}
NEW_SIZE = 320

# For these, the emulator asks without naming a resource. It asks for the second where AWS asks for GetLayerVersion.
WITHOUT_RESOURCE = [
    "lambda:CreateFunction",
    "lambda:ListLayers",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DeleteDashboards",
    "cloudwatch:GetDashboard",
    "cloudwatch:PutDashboard",
]
EMULATORS_OWN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": WITHOUT_RESOURCE, "Resource": "*"}],
}


@pytest.fixture
def empty_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    account = Account(tmp_path_factory.mktemp("empty"))
    try:
        account.start()
        yield account
    finally:
        account.stop()


@pytest.fixture
def checkout(empty_account: Account, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A git checkout of v0.1.0, with the settings of the page. Thumbnails are larger in v0.2.0."""
    policies = {path.stem: path.read_text() for path in sorted(POLICIES.glob("*.json"))}
    policies["emulator"] = json.dumps(EMULATORS_OWN)
    settings = {"ALLOW_EMULATOR": "1", "AUTO_APPROVE": "1"}
    checkout = Checkout(
        tmp_path_factory.mktemp("page"), empty_account.environment(empty_account.user("me", policies)) | settings
    )
    (checkout.directory / ".env").write_text("STACK=aws\n")
    (checkout.directory / ".gitignore").write_text("/.*\n/terraform/*.zip\n/terraform/function\n/terraform/.*\n*.jpg\n")
    Image.linear_gradient("L").resize((1000, 600)).convert("RGB").save(checkout.directory / "photo.jpg")
    code = checkout.directory / "lambda/lambda_function.py"
    commit(checkout, "v0.1.0")
    code.write_text(
        code.read_text().replace("THUMBNAIL_SIZE = (200, 200)", f"THUMBNAIL_SIZE = ({NEW_SIZE}, {NEW_SIZE})")
    )
    commit(checkout, "v0.2.0")
    succeed(checkout, "git switch --quiet --detach v0.1.0")
    return checkout


def commit(checkout: Checkout, tag: str) -> None:
    author = "-c user.name=test -c user.email=test@example.com"
    succeed(checkout, f"git init --quiet && git add . && git {author} commit --quiet -m {tag} && git tag {tag}")


def succeed(checkout: Checkout, command: str) -> str:
    done = checkout.run("bash", "-euc", command)
    assert done.status == 0, f"{command}\n{done.output}"
    return done.output


@pytest.mark.timeout(900)
def test_the_commands_on_the_page_work_in_their_order(checkout: Checkout, empty_account: Account) -> None:
    commands = list(blocks_in(ON_AWS.read_text()))
    assert {command.kind for command in commands} >= NOT_RUN.keys()
    thumbnails: list[int] = []
    for command in commands:
        if command.kind in NOT_RUN:
            continue
        check_output(command, succeed(checkout, command.text))
        if command.kind == "make deploy-aws":
            thumbnails.append(thumbnail_size(checkout, empty_account, f"{len(thumbnails)}.jpg"))
    assert thumbnails == [200, NEW_SIZE, 200]
    assert what_is_left(empty_account) == []


def check_output(command: Command, output: str) -> None:
    printed = {plain(line) for line in output.splitlines()}
    assert {plain(line) for line in command.output} <= printed


def plain(line: str) -> str:
    """Return `line` without figures and the account's alias."""
    return shape(re.sub(r" \(images\)", "", line))


def thumbnail_size(checkout: Checkout, account: Account, name: str) -> int:
    """Upload the photo as `name`, and return the width of its thumbnail."""
    s3, outputs = account.client("s3"), checkout.outputs()
    assert "complete" in succeed(checkout, f"cp photo.jpg {name} && make upload FILES={name}")
    prefix = name.removesuffix(".jpg")
    listed = s3.list_objects_v2(Bucket=outputs["processed_bucket_name"], Prefix=f"{prefix}_")["Contents"]
    assert len(listed) == len(VARIANTS)
    (key,) = (item["Key"] for item in listed if "_thumbnail_" in item["Key"])
    body = s3.get_object(Bucket=outputs["processed_bucket_name"], Key=key)["Body"]
    with Image.open(body) as thumbnail:
        return thumbnail.width


def what_is_left(account: Account) -> list[str]:
    """Return the names of the resources in the account."""
    buckets = [each["Name"] for each in account.client("s3").list_buckets()["Buckets"]]
    functions = [each["FunctionName"] for each in account.client("lambda").list_functions()["Functions"]]
    queues = account.client("sqs").list_queues().get("QueueUrls", [])
    roles = [each["RoleName"] for each in account.client("iam").list_roles()["Roles"]]
    alarms = [each["AlarmName"] for each in account.client("cloudwatch").describe_alarms()["MetricAlarms"]]
    return [*buckets, *functions, *queues, *roles, *alarms]
