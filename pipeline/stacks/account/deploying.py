"""Deploy to an AWS account: check, build, show the plan, ask, and apply it."""

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.shell import CommandError, run_on_terminal, run_watched
from pipeline.lib.terminal import say
from pipeline.stacks.account.adoption import check_nothing_is_adopted
from pipeline.stacks.account.creation import describe_creation, describe_standing_cost
from pipeline.stacks.account.identity import describe_concurrency
from pipeline.stacks.account.preflight import check_caller, check_target, confirm
from pipeline.stacks.account.terraform import Plan, command, evaluate, initialize, make_plan, terraform, uncolored

LAYERS = {"x86_64": "terraform/pillow_layer.zip", "arm64": "terraform/pillow_layer_arm64.zip"}  # targets of make
FUNCTION = "terraform/function"

# S3 checks whether it may invoke the function, and may not have the new permission yet.
TOO_EARLY = "Unable to validate the following destination configurations"


def deploy() -> None:
    """Deploy terraform/ and lambda/, or update the deployment.

    Raises:
        PipelineError: something is missing or in the way, the caller doesn't agree, or Terraform fails.
    """
    account = check_caller()
    initialize()
    name, region = check_target(account)
    say(f"deploying {name} to {account.describe(region)}")
    say(describe_concurrency(region))
    _build(evaluate("var.architecture"))
    say("terraform plan")
    with make_plan() as plan:
        if plan.is_empty:
            return
        check_nothing_is_adopted(plan, region)
        _check_retries(plan)
        say(f"creates {describe_creation(plan)}")
        say(describe_standing_cost(plan, region))
        confirm(f"Apply this plan to account {account.number}, region {region}? Only yes is accepted:")
        _apply(plan)
    _warn_of_new_versioning(plan)


def _build(architecture: str) -> None:
    """Build the layer and the function if make finds them missing or older than their sources."""
    say(f"building the layer for {architecture} and the function, unless they are up to date")
    run_on_terminal("make", "--silent", f"--directory={ROOT}", LAYERS[architecture], FUNCTION)


def _apply(plan: Plan) -> None:
    try:
        run_watched(*command("apply", "-input=false", *uncolored(), plan.path.name))
    except CommandError as error:
        if TOO_EARLY not in error.details:
            raise
        say("S3 didn't have the permission to invoke the function yet: applying the rest of the plan again")
        terraform("apply", "-input=false", "-auto-approve")


def _warn_of_new_versioning(plan: Plan) -> None:
    if any(change.creates and change.type == "aws_s3_bucket_versioning" for change in plan.changes):
        say(
            "for 15 minutes, S3 may not find new uploads. Lambda tries them again; `make redrive` processes those that"
            " end in the failure queue"
        )


def _check_retries(plan: Plan) -> None:
    """Check that uploads survive a change of the architecture, in which code and layer don't match for a few seconds.

    Raises:
        PipelineError: failed invocations aren't retried.
    """
    changes_architecture = any(
        change.type == "aws_lambda_function"
        and change.actions == ("update",)
        and change.before["architectures"] != change.after["architectures"]
        for change in plan.changes
    )
    retries = [
        values["maximum_retry_attempts"]
        for kind, values in plan.resources
        if kind == "aws_lambda_function_event_invoke_config"
    ]
    if changes_architecture and 0 in retries:
        raise PipelineError(
            "the architecture changes while retry_attempts is 0: for some seconds, code and layer don't match,"
            " and uploads would fail for good",
            "deploy with retry_attempts = 2 and the new architecture, then set it to 0 again and deploy once more",
        )
