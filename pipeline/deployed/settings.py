"""Whether variants were made with the settings of the table as it is now, and waiting until they are made again."""

from dataclasses import replace
from os.path import commonprefix

from botocore.exceptions import ClientError

from pipeline.deployed.deletion import list_versions
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload, settings_digest
from pipeline.deployed.listing import expected_keys
from pipeline.deployed.outcomes import ENDED, Outcome, outcome_of
from pipeline.lib.waiting import poll

DIGESTS = {variant.name: settings_digest(variant) for variant in VARIANTS}


def compare_settings(deployment: Deployment, outcome: Outcome) -> Outcome:
    """Return `outcome`, or `outdated` with the reason if a variant was made with other settings. One request each."""
    if outcome.state != "complete":
        return outcome
    outdated = [name for name, key in outcome.keys.items() if _digest(deployment, key) != DIGESTS[name]]
    return replace(outcome, state="outdated", reason=", ".join(outdated)) if outdated else outcome


def object_versions(deployment: Deployment, upload: Upload) -> dict[str, str]:
    """Return the current version of each object that was made from `upload`, by key."""
    keys = set(expected_keys(upload).values())
    shared = commonprefix(list(keys))  # noqa: RUF071 - a prefix of keys, not of folders
    return {
        found.key: found.id
        for found in list_versions(deployment, deployment.processed_bucket, shared)
        if found.key in keys and found.is_latest and not found.is_marker
    }


def wait_until_made_again(deployment: Deployment, upload: Upload, before: dict[str, str], seconds: float) -> Outcome:
    """Return the outcome of `upload` once none of its objects is the one in `before`; `pending` after `seconds`."""

    def made_again() -> Outcome | None:
        outcome = outcome_of(deployment, upload)
        if outcome.state not in ENDED:
            return outcome if outcome.state == "failed" else None
        now = object_versions(deployment, upload)
        old = any(now.get(key) == before.get(key) for key in outcome.keys.values())
        return None if old else outcome

    pending = Outcome(upload, "pending", {}, f"not made again within {seconds:g} s")
    return poll(made_again, seconds) or pending


def _digest(deployment: Deployment, key: str) -> str:
    """Return the digest in the metadata of the variant at `key`; empty if it has none, or is gone by now."""
    try:
        head = deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return ""
        raise
    return head["Metadata"].get("settings", "")
