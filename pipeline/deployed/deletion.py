"""Delete uploads and everything that was made from them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from os.path import commonprefix

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.listing import expected_keys
from pipeline.deployed.versions import Version, list_versions


@dataclass(frozen=True)
class Deletion:
    """The versions of one upload to delete, and the versions of the objects that were made from them."""

    key: str
    versions: tuple[Version, ...]
    objects: tuple[Version, ...]


def plan_deletions(
    deployment: Deployment, prefix: str, *, only: str | None = None, all_versions: bool = False
) -> Iterator[Deletion]:
    """Yield what to delete for each upload whose key starts with `prefix`, or for the key `only`.

    Without `all_versions`, only the current version of an upload is deleted.

    Raises:
        PipelineError: no upload can start with it.
    """
    start = deployment.narrow(prefix) if only is None else only
    listed = list_versions(deployment, deployment.upload_bucket, start)
    for key, versions in groupby(listed, key=lambda version: version.key):
        if only is not None and key != only:
            return  # keys are sorted: later ones only start with it
        if not deployment.takes(key):
            continue  # it isn't an upload
        deletion = _plan(deployment, key, list(versions), all_versions)
        if deletion.versions:
            yield deletion


def delete(deployment: Deployment, deletion: Deletion) -> Deletion:
    """Delete everything in `deletion`. The upload is last, so an interrupted deletion can be repeated."""
    for version in (*deletion.objects, *deletion.versions):
        deployment.s3.delete_object(Bucket=version.bucket, Key=version.key, VersionId=version.id)
    return deletion


def _plan(deployment: Deployment, key: str, versions: list[Version], all_versions: bool) -> Deletion:
    deleted = [each for each in versions if all_versions or (each.is_latest and not each.is_marker)]
    kept = {each.upload.id for each in versions if each not in deleted}
    uploads = {each.upload.id: each.upload for each in deleted if not each.is_marker}
    made = (upload for name, upload in uploads.items() if name not in kept)
    objects = [found for upload in made for found in _objects_of(deployment, upload)]
    return Deletion(key, tuple(deleted), tuple(objects))


def _objects_of(deployment: Deployment, upload: Upload) -> Iterator[Version]:
    """Yield all versions of what was made from `upload`, including variants that are no longer in the table."""
    prefix = commonprefix(list(expected_keys(upload).values()))  # noqa: RUF071 - a prefix of keys, not of folders
    ending = re.compile(rf"_{upload.id}\.[a-z0-9]+")
    for version in list_versions(deployment, deployment.processed_bucket, prefix):
        if ending.fullmatch(version.key[version.key.rindex("_") :]):
            yield version
