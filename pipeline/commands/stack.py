"""`pipeline up` and `pipeline down`."""

from pipeline.commands.options import Port, StackName
from pipeline.deployment import Deployment
from pipeline.ports import DEFAULT_PORT
from pipeline.stacks.table import stack_named
from pipeline.terminal import out, say


def up(stack: StackName = "localstack", port: Port = DEFAULT_PORT) -> None:
    """Bring a stack up, or up to date; safe to repeat."""
    deployment = stack_named(stack, port).start(say)
    out.print(_summary(deployment), markup=False)


def down(stack: StackName = "localstack") -> None:
    """Take a stack down with everything in it."""
    stack_named(stack).stop(say)


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
