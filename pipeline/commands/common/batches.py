"""`pipeline backfill --batch`: a job of S3 Batch Operations, from its confirmation to its end."""

import typer

from pipeline.commands.common.costs import batch_dollars, estimate_seconds
from pipeline.deployed.batch_jobs import (
    COMPLETE,
    REPORTS,
    WAITING,
    Job,
    cancel_job,
    follow_job,
    start_job,
)
from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import PipelineError
from pipeline.lib.prices import regional_prices
from pipeline.lib.terminal import print_json, print_line, say

MEGAPIXELS = 12.0
FIELDS = ("status", "tasks", "succeeded", "failed")


def run_job(deployment: Deployment, job: str, seconds: float, *, dry_run: bool, yes: bool, json: bool) -> None:
    """Show what `job` would do once S3 has counted its objects, ask, start it, and follow it to its end.

    Raises:
        PipelineError: the job can't be prepared.
        DeadlineError: it has not ended after `seconds`. The job keeps running.
    """
    say(f"job {job}: S3 is listing the objects")
    prepared = _last(deployment, job, seconds, until=(WAITING,))
    if prepared.status != WAITING:
        raise PipelineError(f"job {job} is {prepared.status}: {prepared.problem or 'no reason given'}")
    dollars = _dollars(deployment, prepared.tasks)
    say(
        f"{prepared.tasks:,} objects: about ${dollars:,.2f} if they are photos of {MEGAPIXELS:g} megapixels."
        " The job makes their variants again, even if they are complete"
    )
    if dry_run or not (yes or typer.confirm(f"Process all {prepared.tasks:,} of them?", err=True)):
        cancel_job(deployment, job)
        say("nothing was processed")
        return
    start_job(deployment, job)
    _report(deployment, _last(deployment, job, seconds), json=json)


def _last(deployment: Deployment, job: str, seconds: float, until: tuple[str, ...] = ()) -> Job:
    """Report each change of `job`, and return its final state."""
    last = Job(job, "")
    for now in follow_job(deployment, job, seconds, until):
        if now != last:
            say(f"{now.status}: {now.succeeded + now.failed:,} of {now.tasks:,} objects done, {now.failed:,} failed")
        last = now
    return last


def _report(deployment: Deployment, job: Job, *, json: bool) -> None:
    address = f"s3://{deployment.processed_bucket}/{REPORTS}/job-{job.id}/"
    if json:
        print_json({"job": job.id, **{name: getattr(job, name) for name in FIELDS}, "report": address})
    else:
        print_line(f"{job.status}: {job.succeeded:,} of {job.tasks:,} objects have variants; report: {address}")
    if job.status != COMPLETE or job.failed:
        raise typer.Exit(1)


def _dollars(deployment: Deployment, objects: int) -> float:
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    memory, (architecture,) = configuration["MemorySize"], configuration["Architectures"]
    return batch_dollars(
        objects, estimate_seconds(MEGAPIXELS, memory), memory, architecture, regional_prices(deployment.region)
    )
