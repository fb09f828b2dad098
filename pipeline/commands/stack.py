"""`pipeline up` and `pipeline down`."""

from dataclasses import asdict

from pipeline.commands.common.options import Json, Port, StackName
from pipeline.deployed.deployment import Deployment
from pipeline.lib.ports import DEFAULT_PORT
from pipeline.lib.terminal import out, print_json, steps
from pipeline.stacks.table import DEFAULT, stack_named


def up(port: Port = DEFAULT_PORT, json: Json = False, stack: StackName = DEFAULT) -> None:
    """Bring a stack up, or up to date; safe to repeat."""
    with steps() as say:
        deployment = stack_named(stack, port).start(say)
    if json:
        print_json({"stack": stack, **asdict(deployment)})
    else:
        out.print(_summary(deployment), markup=False)


def down(json: Json = False, stack: StackName = DEFAULT) -> None:
    """Take a stack down with everything in it; safe to repeat."""
    with steps() as say:
        stack_named(stack).stop(say)
    if json:
        print_json({"stack": stack, "state": "down"})


def _summary(deployment: Deployment) -> str:
    return (
        f"upload bucket     {deployment.upload_bucket}\n"
        f"processed bucket  {deployment.processed_bucket}\n"
        "\n"
        "Upload an image, then look at its variants:\n"
        f"  {_command(deployment)} s3 cp photo.jpg s3://{deployment.upload_bucket}/\n"
        f"  {_command(deployment)} s3 ls --recursive s3://{deployment.processed_bucket}/"
    )


def _command(deployment: Deployment) -> str:
    """The AWS CLI as it reaches DEPLOYMENT, from a shell that has not activated .venv."""
    if deployment.endpoint_url is None:
        return f"aws --region {deployment.region}"
    if deployment.endpoint_url.endswith(":4566"):
        return ".venv/bin/awslocal"
    return f"AWS_ENDPOINT_URL={deployment.endpoint_url} .venv/bin/awslocal"
