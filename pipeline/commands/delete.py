"""`pipeline delete`: delete uploads and everything that was made from them."""

from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from pipeline.commands.common.options import DryRun, Json, KeyPrefix, Orphans, StackName, Yes
from pipeline.deployed.deletion import Deletion, plan_deletions
from pipeline.deployed.deletion import delete as delete_one
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.orphans import plan_orphan_deletions
from pipeline.deployed.uploads import run_in_parallel
from pipeline.lib.errors import PipelineError
from pipeline.lib.terminal import print_json, print_line, progress, say
from pipeline.lib.text import visible
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = (
    "pipeline delete holiday/photo.jpg",
    "pipeline delete --prefix users/4711/ --all-versions --dry-run",
    "pipeline delete --orphans",
)

Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY", hidden=True)]
AllVersions = Annotated[bool, typer.Option("--all-versions", help="Also delete earlier versions of each upload.")]


def delete(
    keys: Keys = None,
    prefix: KeyPrefix = "",
    all_versions: AllVersions = False,
    orphans: Orphans = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
    stack: StackName = DEFAULT,
) -> None:
    """Delete the upload KEY, its variants, and its rejection, for good.

    Deletes the current version, so that the one before it becomes current, or with --all-versions every version. With
    --prefix, deletes all uploads whose keys start with it. Safe to interrupt and to repeat. Exits with 1 if there is
    no upload KEY.
    """
    if bool(keys) + bool(prefix or orphans) != 1 or (orphans and all_versions):
        raise typer.BadParameter("name uploads, or use --prefix, or --orphans")
    deployment = get_stack(stack).describe()
    plan = _plan(deployment, keys or [], prefix, all_versions=all_versions, orphans=orphans)
    if not _preview(plan(), show=dry_run, json=json) or dry_run:
        return
    if not yes:
        typer.confirm("Delete them for good?", abort=True, err=True)
    with progress("deleting", None) as count:
        for deletion in count(run_in_parallel(deployment, lambda each: delete_one(deployment, each), plan())):
            _print(deletion, json=json)


def _plan(
    deployment: Deployment, keys: list[str], prefix: str, *, all_versions: bool, orphans: bool
) -> Callable[[], Iterator[Deletion]]:
    """Return what looks up the deletions, which may be too many to hold."""
    if orphans:
        return lambda: plan_orphan_deletions(deployment, prefix)
    if prefix:
        return lambda: plan_deletions(deployment, prefix, all_versions=all_versions)
    return lambda: (deletion for key in keys for deletion in _of_key(deployment, key, all_versions=all_versions))


def _of_key(deployment: Deployment, key: str, *, all_versions: bool) -> list[Deletion]:
    """Return the deletion of the upload `key`.

    Raises:
        PipelineError: there is no such upload.
    """
    if found := list(plan_deletions(deployment, key, only=key, all_versions=all_versions)):
        return found
    raise PipelineError(f"there is no upload {key}", "check the key; if it was deleted, add --all-versions")


def _preview(plan: Iterator[Deletion], *, show: bool, json: bool) -> bool:
    """Report how much would be deleted, and each deletion if `show`. Return whether it is anything."""
    uploads = versions = objects = 0
    with progress("looking", None) as count:
        for deletion in count(plan):
            uploads += bool(deletion.versions)
            versions += len(deletion.versions)
            objects += len({each.key for each in deletion.objects})
            if show:
                _print(deletion, json=json)
    say(f"to delete: {uploads:,} uploads ({versions:,} versions), {objects:,} objects made from uploads")
    return bool(versions or objects)


def _print(deletion: Deletion, *, json: bool) -> None:
    objects = sorted({each.key for each in deletion.objects})
    if json:
        print_json({"key": deletion.key, "versions": [each.id for each in deletion.versions], "objects": objects})
    elif deletion.versions:
        print_line(f"{deletion.key}: {len(deletion.versions)} versions, {len(objects)} objects made from it")
    else:
        print_line(visible(deletion.key))
