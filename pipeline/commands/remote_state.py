"""`pipeline remote-state`: keep the Terraform state of an AWS deployment in a bucket."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.commands.common.options import Json, Yes
from pipeline.lib.terminal import print_json
from pipeline.stacks.account.preflight import approve
from pipeline.stacks.account.remote_state import keep_locally, keep_remotely

EXAMPLES = ("pipeline remote-state", "pipeline remote-state --delete-bucket")

Delete = Annotated[
    bool,
    typer.Option("--delete-bucket", help="Delete the bucket, once nothing is deployed."),
]


def remote_state(delete_bucket: Delete = False, yes: Yes = False, json: Json = False) -> None:
    """Keep the Terraform state of the AWS deployment in a bucket of the account. Safe to repeat.

    The bucket is private, versioned, and encrypted. To use the same state in another checkout, run this command there,
    or copy the file terraform/backend.tf that it writes.
    """
    approve(yes)
    place = keep_locally() if delete_bucket else keep_remotely()
    if json:
        print_json(asdict(place))
