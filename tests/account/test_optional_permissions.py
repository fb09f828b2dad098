"""Optional inputs give the function's role what they need, and nothing else.

Not tested: `variant_tags`, because the emulator doesn't check s3:PutObjectTagging.
"""

from collections.abc import Callable, Iterator

import pytest

from pipeline.deployed.function import VARIANTS
from tests.account.checkout import Checkout
from tests.account.emulator import Account
from tests.account.role import DENIED, PNG, Deployed, actions_of

QUEUE = "outcomes"
OPTIONAL = {"ReportOutcomes", "DeleteVariants", "FindVariantsToDelete", "TagVariants"}


@pytest.fixture(scope="module")
def deployed(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A second deployment in the account, with the optional inputs."""
    account.client("sqs").create_queue(QueueName=QUEUE)
    settings = {
        "TF_VAR_environment": "options",
        "TF_VAR_outcome_destination_arn": f"arn:aws:sqs:us-east-1:000000000000:{QUEUE}",
        "TF_VAR_variant_tags": '{ Team = "media" }',
        "TF_VAR_delete_variants_with_upload": "true",
        "TF_VAR_force_destroy": "true",
    }
    checkout = Checkout(tmp_path_factory.mktemp("checkout"), account.environment() | settings)
    deployed = Deployed(account, checkout.apply(), "probe-options")
    notified = {"Bucket": deployed.upload_bucket, "NotificationConfiguration": {}}
    deployed.s3.put_bucket_notification_configuration(**notified)  # the tests invoke the function themselves
    yield deployed
    account.client("lambda").delete_function(FunctionName="probe-options")
    checkout.succeed("terraform", "-chdir=terraform", "destroy", "-auto-approve", "-input=false", "-no-color")


def send_an_outcome(deployed: Deployed) -> str:
    queue = deployed.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    return deployed.probe("sqs", "send_message", QueueUrl=queue, MessageBody="an outcome")


def delete_variants(deployed: Deployed) -> str:
    upload = deployed.upload("a.png")
    assert deployed.process(upload) == "variants"
    assert len(made(deployed)) >= len(VARIANTS)
    return deployed.remove(upload)


def made(deployed: Deployed) -> set[str]:
    listed = deployed.s3.list_object_versions(Bucket=deployed.processed_bucket)
    return {each["Key"] for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]}


Purpose = Callable[[Deployed], str]
PURPOSES: dict[tuple[str, str], Purpose] = {
    ("ReportOutcomes", "sqs:SendMessage"): send_an_outcome,
    ("DeleteVariants", "s3:GetObjectVersion"): delete_variants,
    ("DeleteVariants", "s3:DeleteObjectVersion"): delete_variants,
    ("FindVariantsToDelete", "s3:ListBucketVersions"): delete_variants,
}


def test_each_optional_action_has_a_purpose(deployed: Deployed) -> None:
    optional = [each for each in deployed.policy["Statement"] if each["Sid"] in OPTIONAL]
    actions = {(each["Sid"], action) for each in optional for action in actions_of(each)}
    assert actions == {*PURPOSES, ("TagVariants", "s3:PutObjectTagging")}


def test_the_function_deletes_variants_for_good(deployed: Deployed) -> None:
    assert delete_variants(deployed) == "deleted"
    assert not made(deployed)


def test_the_function_may_send_outcomes_to_their_queue_only(deployed: Deployed) -> None:
    assert send_an_outcome(deployed) == ""
    other = deployed.sqs.create_queue(QueueName="not-for-outcomes")["QueueUrl"]
    assert deployed.probe("sqs", "send_message", QueueUrl=other, MessageBody="no") in DENIED


@pytest.mark.parametrize(("sid", "action"), PURPOSES)
def test_without_an_action_the_function_fails(sid: str, action: str, deployed: Deployed) -> None:
    with deployed.without(sid, action):
        answer = PURPOSES[sid, action](deployed)
    assert "AccessDenied" in answer or "(403)" in answer  # the answer to HEAD has no code


def test_the_function_still_cannot_delete_uploads(deployed: Deployed) -> None:
    upload = deployed.upload("b.png")
    place = {"Bucket": upload.bucket, "Key": upload.key}
    assert deployed.probe("s3", "delete_object", **place) in DENIED
    assert deployed.probe("s3", "delete_object", **place, VersionId=upload.version) in DENIED
    assert deployed.probe("s3", "put_object", **place, Body=PNG.hex()) in DENIED
