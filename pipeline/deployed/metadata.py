"""Read the metadata of variants: their settings, and the note about a reduced animation."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, settings_digest

DIGESTS = {variant.name: settings_digest(variant) for variant in VARIANTS}


def last_change(deployment: Deployment) -> datetime:
    """Return a time after which only the deployed version of the function has written variants.

    That is its last update plus its timeout: an invocation of the previous version may have run for that long.
    """
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return datetime.fromisoformat(configuration["LastModified"]) + timedelta(seconds=configuration["Timeout"])


def outdated_variants(deployment: Deployment, keys: Mapping[str, str]) -> list[str]:
    """Return the names of the variants in `keys` (name -> key) that were made with other settings."""
    return [name for name, key in keys.items() if _metadata(deployment, key).get("settings") != DIGESTS[name]]


def animation_note(deployment: Deployment, key: str) -> str:
    """Return the note about an animation in the metadata of the variant at `key`; empty if it is gone by now."""
    return _metadata(deployment, key).get("animation", "")


def _metadata(deployment: Deployment, key: str) -> Mapping[str, str]:
    try:
        return deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)["Metadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return {}
        raise
