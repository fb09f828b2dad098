"""LocalStack's hot reloading: the function runs the code in a folder of this machine.

Source: https://docs.localstack.cloud/aws/developer-tools/lambda-tools/hot-reloading/
"""

from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.invocations import NO_UPLOADS, error_of, send_event
from pipeline.lib.paths import LAMBDA
from pipeline.stacks.function_code import function_zip, update_code

BUCKET = "hot-reload"  # LocalStack treats a key in this bucket as a folder
SHA256 = "hot-reloading-hash-not-available"  # what LocalStack reports for code in a folder


def reload(deployment: Deployment) -> None:
    """Make the function run the current code in lambda/.

    It gets a new container, because not every Docker reports changed files to a running one.
    """
    _update(deployment, S3Bucket=BUCKET, S3Key=str(LAMBDA))


def end(deployment: Deployment) -> None:
    """Make the function run a zip archive of lambda/ again, if it runs the folder."""
    if deployment.functions.get_function_configuration(FunctionName=deployment.function_name)["CodeSha256"] == SHA256:
        _update(deployment, ZipFile=function_zip())


def _update(deployment: Deployment, **code: Any) -> None:
    update_code(deployment, **code)
    error_of(deployment, NO_UPLOADS)  # waits until it runs, or fails to start
    # What reads events for the previous code takes one more event, and keeps it for minutes. This one may get lost.
    send_event(deployment, NO_UPLOADS)
