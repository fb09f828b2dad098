"""`pipeline up`: start a stack, or bring it up to date."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.commands.common.options import Json, StackName, Yes, bounded
from pipeline.deployed.deployment import Deployment
from pipeline.lib.ports import DEFAULT_PORT
from pipeline.lib.terminal import print_command, print_json, print_line, steps
from pipeline.stacks.account.preflight import approve
from pipeline.stacks.aws_cli import aws_command
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline up", "pipeline up --port 4570", "pipeline up --stack embedded")

Port = Annotated[
    int,
    typer.Option("--port", callback=bounded(1, 65535), metavar="N", help="Port for a new local stack."),
]


def up(port: Port = DEFAULT_PORT, yes: Yes = False, json: Json = False, stack: StackName = DEFAULT) -> None:
    """Start a stack, or bring it up to date. Safe to repeat."""
    approve(yes)
    with steps() as say:
        deployment = get_stack(stack, port).start(say)
    if json:
        print_json({"stack": stack, **asdict(deployment)})
        return
    _print(deployment)


def _print(deployment: Deployment) -> None:
    print_line("Upload an image and see its variants:")
    print_line("  make upload FILES=photo.jpg")
    print_line()
    print_line(f"upload bucket     {deployment.upload_bucket}")
    print_line(f"processed bucket  {deployment.processed_bucket}")
    print_line()
    print_line("With the AWS CLI:")
    aws = aws_command(deployment)
    print_command(f"  {aws} s3 cp photo.jpg s3://{deployment.upload_bucket}/{deployment.upload_prefix}")
    print_command(f"  {aws} s3 ls --recursive s3://{deployment.processed_bucket}/")
