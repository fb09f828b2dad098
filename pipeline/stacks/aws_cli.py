"""The AWS CLI, as a person types it to reach a deployment."""

import os

from pipeline.deployed.deployment import Deployment
from pipeline.lib.paths import ROOT

PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def aws_command(deployment: Deployment) -> str:
    """Return the beginning of a command that reaches `deployment` from a shell in the checkout."""
    if deployment.endpoint_url is None:
        return f"aws --region {deployment.region}"
    port = "" if deployment.endpoint_url.endswith(":4566") else f"AWS_ENDPOINT_URL={deployment.endpoint_url} "
    # awslocal fails if a profile is set that doesn't exist.
    profiles = [name for name in PROFILES if name in os.environ]
    without = "".join(f"-u {name} " for name in profiles)
    environment = f"env {without}{port}" if without else port
    # The first line of the script doesn't work if the path contains a space.
    python = ".venv/bin/python " if " " in str(ROOT) else ""
    return f"{environment}{python}.venv/bin/awslocal"
