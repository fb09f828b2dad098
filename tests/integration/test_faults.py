"""No upload is lost, whatever fails: afterwards, each has exactly one outcome."""

import re
import secrets
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pipeline.commands.redrive import redrive_messages
from pipeline.deployed.deployment import Deployment, client
from pipeline.deployed.failures import list_failures
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.outcomes import Outcome, outcome_of, wait_for_outcome
from pipeline.deployed.uploads import run_in_parallel
from pipeline.lib.waiting import poll
from pipeline.stacks import Stack
from tests.integration.commands import Command
from tests.integration.faults import settings, without_notification, without_retries
from tests.integration.hands import Hands, hands_on
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, event_of, objects_below, upload_to
from tests.integration.proxy import BODIES, AtRandom, Exchange, Nth, Server, proxy, refused, stalled, through

PNG = encoded(quarters(16, 12), "PNG")
WRITTEN = "|".join(variant.name for variant in VARIANTS)
REQUESTS = 1 + len(VARIANTS)  # of the function for an upload: it reads, then writes


@pytest.fixture(scope="module")
def hands(stack: Stack, deployment: Deployment) -> Hands:
    return hands_on(stack, deployment)


@pytest.fixture(scope="module")
def server(deployment: Deployment, hands: Hands) -> Iterator[Server]:
    """A proxy between the function and S3, for the rest of this module. A function that dies takes the whole timeout
    on LocalStack, so it is short.
    """
    assert deployment.endpoint_url
    with (
        proxy(hands.address, deployment.endpoint_url) as server,
        settings(deployment, between_settings(server), Timeout=8),
    ):
        yield server


@pytest.fixture
def between(server: Server) -> Iterator[Server]:
    """The proxy, which changes nothing before and after the test."""
    server.behaviour = through
    yield server
    server.behaviour = through


@pytest.mark.meddles
def test_an_event_delivered_20_times_concurrently_writes_the_same_objects(
    deployment: Deployment, folder: str, seconds: float
) -> None:
    with without_notification(deployment):
        upload = upload_to(deployment, f"{folder}/a.png", encoded(quarters(160, 120), "PNG"))
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: send_event(deployment, upload), range(20)))
    written = poll(lambda: versions_of(deployment, folder, 20 * len(VARIANTS)), 2 * seconds)
    assert written, "not all events were processed"
    assert len({(version["Key"], version["ETag"]) for version in written}) == len(VARIANTS)
    check_complete(deployment, folder, [wait_for_outcome(deployment, upload, seconds)])


def test_versions_in_quick_succession_do_not_mix(deployment: Deployment, folder: str, seconds: float) -> None:
    pictures = {width: encoded(quarters(width, 12), "PNG") for width in (16, 32, 48, 64)}
    uploads = {width: upload_to(deployment, f"{folder}/a.png", content) for width, content in pictures.items()}
    check_widths(deployment, uploads, seconds)


@pytest.mark.meddles
def test_events_out_of_order_do_not_mix(deployment: Deployment, folder: str, seconds: float) -> None:
    with without_notification(deployment):
        uploads = {
            width: upload_to(deployment, f"{folder}/a.png", encoded(quarters(width, 12), "PNG"))
            for width in (16, 32, 48)
        }
    for upload in (uploads[48], uploads[16], uploads[32], uploads[16]):
        deployment.functions.invoke(FunctionName=deployment.function_name, Payload=event_of(upload))
    check_widths(deployment, uploads, seconds)


def check_widths(deployment: Deployment, uploads: dict[int, Upload], seconds: float) -> None:
    """Check that the variants of each upload show its own picture, not a later one."""
    for width, upload in uploads.items():
        outcome = wait_for_outcome(deployment, upload, seconds)
        content = deployment.s3.get_object(Bucket=deployment.processed_bucket, Key=outcome.keys["png"])["Body"].read()
        assert int.from_bytes(content[16:20], "big") == width
        head = deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=outcome.keys["webp"])
        assert head["Metadata"]["source-version"] == upload.version


@pytest.mark.meddles
def test_an_upload_deleted_before_its_event_is_rejected(deployment: Deployment, folder: str, seconds: float) -> None:
    with without_notification(deployment):
        upload = upload_to(deployment, f"{folder}/a.png", PNG)
    deployment.s3.delete_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version or "")
    send_event(deployment, upload)
    outcome = wait_for_outcome(deployment, upload, seconds)
    assert (outcome.state, outcome.code) == ("rejected", "gone")
    assert "gone before it was processed" in outcome.reason


def test_the_role_may_list_the_buckets(stack: Stack, deployment: Deployment) -> None:
    if not stack.has_roles:
        pytest.skip("this stack has no roles")
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    role = configuration["Role"].rpartition("/")[2]
    iam = client("iam", deployment.region, deployment.endpoint_url)
    policy = iam.get_role_policy(RoleName=role, PolicyName="processor")["PolicyDocument"]
    allowed = {
        (action, statement["Resource"])
        for statement in policy["Statement"]
        for action in as_list(statement["Action"])
        if isinstance(statement["Resource"], str)
    }
    # Without these rights, S3 answers 403 instead of 404 for an object that was deleted.
    assert ("s3:ListBucket", f"arn:aws:s3:::{deployment.upload_bucket}") in allowed
    assert ("s3:ListBucketVersions", f"arn:aws:s3:::{deployment.upload_bucket}") in allowed
    assert ("s3:ListBucket", f"arn:aws:s3:::{deployment.processed_bucket}") in allowed


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_an_upload_deleted_after_its_variants_were_written_gets_no_second_outcome(
    process: Process, deployment: Deployment, folder: str
) -> None:
    outcome = process("a.png", PNG)
    upload = outcome.upload
    deployment.s3.delete_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version or "")
    answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=event_of(upload))
    assert "FunctionError" not in answer, answer["Payload"].read()
    check_complete(deployment, folder, [outcome])


@pytest.mark.meddles
def test_a_version_below_a_delete_marker_is_processed(deployment: Deployment, folder: str, seconds: float) -> None:
    with without_notification(deployment):
        upload = upload_to(deployment, f"{folder}/a.png", PNG)
    deployment.s3.delete_object(Bucket=upload.bucket, Key=upload.key)
    send_event(deployment, upload)
    assert wait_for_outcome(deployment, upload, seconds).state == "complete"


def test_a_hundred_concurrent_uploads_have_one_outcome_each(
    command: Command, deployment: Deployment, folder: str, seconds: float
) -> None:
    count = 100
    started = time.monotonic()
    outcomes = upload_all(deployment, folder, [f"picture-{number}" for number in range(count)], seconds)
    print(f"{count} uploads in {time.monotonic() - started:.1f} s")
    check_complete(deployment, folder, outcomes)
    counts = command("status", folder, "--json").lines[0]
    assert (counts["complete"], counts["uploads"]) == (count, count)


@pytest.mark.meddles
def test_an_upload_is_retried_when_the_function_dies_at_any_step(
    between: Server, hands: Hands, deployment: Deployment, folder: str, seconds: float
) -> None:
    def dies(exchange: Exchange) -> None:
        hands.kill(exchange.client)
        exchange.reset()

    def dies_afterwards(exchange: Exchange) -> None:
        exchange.forward()
        dies(exchange)

    before = {f"before{number}": (number, dies) for number in range(1, REQUESTS + 1)}
    after = {f"after{number}": (number, dies_afterwards) for number in range(1, REQUESTS + 1)}
    between.behaviour = plan = Nth(before | after)
    check_complete(deployment, folder, upload_all(deployment, folder, before | after, 2 * seconds))
    # The retry of a function that died after its last request comes after the outcome.
    assert poll(lambda: min(plan.seen.values()) > REQUESTS or None, seconds), "some function has not died"


@pytest.mark.meddles
def test_a_body_that_is_not_the_uploads_is_read_again(
    between: Server, deployment: Deployment, folder: str, seconds: float
) -> None:
    plan = {name: (1, fault) for name, fault in BODIES.items()}
    between.behaviour = Nth(plan)
    check_complete(deployment, folder, upload_all(deployment, folder, plan, 2 * seconds))
    tried_once = {name for name, requests in between.behaviour.seen.items() if requests == REQUESTS}
    assert tried_once == {"slow"}


@pytest.mark.meddles
def test_a_timeout_names_the_step(
    between: Server, command: Command, deployment: Deployment, folder: str, seconds: float
) -> None:
    plan = {f"stalls{number}": (number, stalled) for number in range(1, REQUESTS + 1)}
    between.behaviour = Nth(plan)
    with without_retries(deployment), settings(deployment, between_settings(between), Timeout=3):
        outcomes = {name_of(each): each for each in upload_all(deployment, folder, plan, seconds)}
        assert {outcome.state for outcome in outcomes.values()} == {"failed"}
        read = outcomes.pop("stalls1")
        assert "time is running out in step read" in read.reason
        for outcome in outcomes.values():  # variants are written as they are done
            assert re.search(f"time is running out in step .*write ({WRITTEN})", outcome.reason), outcome.reason
        assert command("redrive", "--json").status == 0
    ended = [outcome_of(deployment, each.upload) for each in (read, *outcomes.values())]
    check_complete(deployment, folder, ended)


@pytest.mark.meddles
def test_uploads_survive_a_bucket_that_refuses_writes_for_a_while(
    between: Server, deployment: Deployment, folder: str, seconds: float
) -> None:
    refusals: list[str] = []

    def refuses_at_first(exchange: Exchange) -> None:
        if exchange.method == "PUT" and len(refusals) < 4:
            refusals.append(exchange.path)
            refused(exchange)
        else:
            through(exchange)

    between.behaviour = refuses_at_first
    check_complete(deployment, folder, upload_all(deployment, folder, ["a", "b", "c"], 2 * seconds))
    assert len(refusals) == 4


@pytest.mark.meddles
def test_random_faults_lose_nothing(between: Server, deployment: Deployment, folder: str, seconds: float) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    between.behaviour = AtRandom(seed)
    outcomes = upload_all(deployment, folder, [f"picture-{number}" for number in range(12)], 2 * seconds)
    assert {outcome.state for outcome in outcomes} <= {"complete", "failed"}
    between.behaviour = through
    list(redrive_messages(deployment))
    check_complete(deployment, folder, [outcome_of(deployment, outcome.upload) for outcome in outcomes])


def upload_all(deployment: Deployment, folder: str, names: Iterable[str], seconds: float) -> list[Outcome]:
    """Upload a picture under each of `names`, as many at once as the stack takes, and return the outcomes."""

    def process(name: str) -> Outcome:
        return wait_for_outcome(deployment, upload_to(deployment, f"{folder}/{name}.png", PNG), seconds)

    return list(run_in_parallel(deployment, process, names))


def check_complete(deployment: Deployment, folder: str, outcomes: list[Outcome]) -> None:
    """Check that each upload has its variants, and that no other object and no failure is there."""
    assert {outcome.state for outcome in outcomes} == {"complete"}, [outcome for outcome in outcomes if outcome.reason]
    expected = {key for outcome in outcomes for key in outcome.keys.values()}
    assert len(expected) == len(outcomes) * len(VARIANTS)
    assert set(objects_below(f"{folder}/", deployment)) == expected
    left = [upload.key for failure in list_failures(deployment) for upload in failure.uploads]
    assert not [key for key in left if key.startswith(folder)]


def versions_of(deployment: Deployment, folder: str, count: int) -> list[Any] | None:
    """Return the object versions in the processed bucket, once there are `count`."""
    listed = deployment.s3.list_object_versions(Bucket=deployment.processed_bucket, Prefix=f"{folder}/")
    written = list(listed.get("Versions", []))
    return written if len(written) >= count else None


def send_event(deployment: Deployment, upload: Upload) -> None:
    deployment.functions.invoke(FunctionName=deployment.function_name, InvocationType="Event", Payload=event_of(upload))


def between_settings(server: Server) -> dict[str, Any]:
    return {"AWS_ENDPOINT_URL": server.url, "AWS_ENDPOINT_URL_S3": server.url}


def name_of(outcome: Outcome) -> str:
    return outcome.upload.key.rpartition("/")[2].partition(".")[0]
