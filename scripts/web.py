"""Run the web example, examples/web, on a stack of this checkout: `make web`."""

import os
import sys
import urllib.error
import urllib.request
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.cli import report
from pipeline.commands.common.options import StackName, bounded
from pipeline.deployed.deployment import Deployment, client
from pipeline.deployed.function import VARIANTS
from pipeline.lib.environment import load_environment
from pipeline.lib.errors import PipelineError
from pipeline.lib.local_http import open_local
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import HOST, is_taken
from pipeline.lib.terminal import print_line, say
from pipeline.stacks.table import DEFAULT, get_stack
from pipeline.stacks.tflocal import LOCAL_HOSTS

DIRECTORY = ROOT / "examples" / "web"
PORT = 8000
EMULATED = {  # in place of the caller's AWS settings
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "NO_PROXY": LOCAL_HOSTS,
    "no_proxy": LOCAL_HOSTS,
    "S3_PATH_STYLE": "true",
}

Port = Annotated[int, typer.Option(callback=bounded(1, 65535), metavar="N", help="Port of the application.")]
Queue = Annotated[str, typer.Option(metavar="NAME", help="SQS queue that receives the outcomes.")]


def main() -> None:
    load_environment()
    try:
        typer.run(web)
    except (PipelineError, BotoCoreError, ClientError) as error:
        sys.exit(report(error))


def web(stack: StackName = DEFAULT, port: Port = PORT, queue: Queue = "") -> None:
    """Run the web example on a stack until Ctrl-C, and print its settings."""
    deployment = get_stack(stack).describe()
    if is_taken(port):
        raise PipelineError(f"port {port} on {HOST} is taken", f"choose another one: make web PORT={port + 1}")
    check_origin(deployment, f"http://{HOST}:{port}")
    own = settings(deployment, queue)
    for name, value in own.items():
        print_line(f"{name}={value}")
    say(f"the application is at http://{HOST}:{port}; Ctrl-C ends it")
    os.chdir(DIRECTORY)
    os.execve(sys.executable, command(port), environment(deployment) | own)  # noqa: S606 - there is no shell


def command(port: int) -> list[str]:
    """Return the command that serves the application."""
    return [sys.executable, "-m", "hypercorn", "app:app", "--bind", f"{HOST}:{port}"]


def settings(deployment: Deployment, queue: str = "") -> dict[str, str]:
    """Return the application's own settings. Without a `queue`, it looks for the variants instead."""
    variants = {"VARIANTS": ",".join(variant.name for variant in VARIANTS)}
    return {
        "UPLOAD_BUCKET": deployment.upload_bucket,
        "UPLOAD_PREFIX": f"{deployment.upload_prefix}uploads/",
        "PROCESSED_BUCKET": deployment.processed_bucket,
        **({"OUTCOME_QUEUE_URL": queue_url(deployment, queue)} if queue else variants),
    }


def environment(deployment: Deployment) -> dict[str, str]:
    """Return the rest of the application's environment. On an emulator, it has none of the caller's AWS settings."""
    region = {"AWS_REGION": deployment.region, "AWS_DEFAULT_REGION": deployment.region}
    if deployment.endpoint_url is None:
        return {**os.environ, **region}
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return others | region | EMULATED | {"AWS_ENDPOINT_URL": deployment.endpoint_url}


def queue_url(deployment: Deployment, name: str) -> str:
    """Return the URL of the queue called `name`.

    Raises:
        PipelineError: there is none.
    """
    try:
        return deployment.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except deployment.sqs.exceptions.QueueDoesNotExist as error:
        raise PipelineError(f"there is no queue {name}", "docs/application.md says how to create it") from error


def check_origin(deployment: Deployment, origin: str) -> None:
    """Check that a page of `origin` may upload, by the request that a browser sends before it uploads.

    Raises:
        PipelineError: it may not, or S3 doesn't answer.
    """
    s3 = client("s3", deployment.region, deployment.endpoint_url, s3={"addressing_style": "virtual"})
    url = s3.generate_presigned_post(deployment.upload_bucket, "any")["url"]
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    request = urllib.request.Request(url, headers=headers, method="OPTIONS")  # noqa: S310 - S3's own URL
    try:
        with open_local(request) if deployment.endpoint_url else urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            allowed = answer.headers.get("Access-Control-Allow-Origin")
    except urllib.error.HTTPError:
        allowed = None
    except OSError as error:
        raise PipelineError(f"the upload bucket doesn't answer: {error}", "check that the stack is up") from error
    if allowed not in ("*", origin):
        raise PipelineError(
            f"the upload bucket refuses uploads from pages of {origin}",
            f"""run `TF_VAR_cors_allowed_origins='["{origin}"]' make up`, or make deploy-aws on AWS""",
        )


if __name__ == "__main__":
    main()
