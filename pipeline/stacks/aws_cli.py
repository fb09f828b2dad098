"""The AWS CLI command that reaches a deployment."""

import os

from pipeline.deployed.deployment import Deployment
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import DEFAULT_PORT

# With these settings, awslocal fails or reaches another endpoint.
HARMFUL = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
)
QUIET = "DISABLE_DEPRECATION_NOTICE=1"  # otherwise, awslocal prints 13 lines about its successor each time


def aws_command(deployment: Deployment) -> str:
    """Return the beginning of a command that reaches `deployment` from a shell in the checkout."""
    if deployment.endpoint_url is None:
        return f"aws --region {deployment.region}"
    unset = [f"-u {name}" for name in HARMFUL if name in os.environ]
    is_default = deployment.endpoint_url.endswith(f":{DEFAULT_PORT}")
    endpoint = [] if is_default else [f"AWS_ENDPOINT_URL={deployment.endpoint_url}"]
    # The script's own first line doesn't work if the path of the checkout contains a space.
    python = [".venv/bin/python"] if " " in str(ROOT) else []
    return " ".join([*(["env", *unset] if unset else []), QUIET, *endpoint, *python, ".venv/bin/awslocal"])
