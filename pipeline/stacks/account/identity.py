"""The AWS account that the caller's credentials belong to."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.deployed.deployment import client
from pipeline.lib.errors import PipelineError

EMULATOR = "000000000000"  # the account of MiniStack and LocalStack
REHEARSAL = "ALLOW_EMULATOR"  # 1 deploys to an emulator, and never to AWS
NEW_ACCOUNTS_CONCURRENCY = 10
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


@dataclass(frozen=True)
class Account:
    """An account by its number, and the caller's ARN in it."""

    number: str
    caller: str

    def describe(self, region: str) -> str:
        """Return the account with its alias, the caller, and the region, for a person."""
        aliases = _if_allowed(lambda: client("iam", region).list_account_aliases()["AccountAliases"]) or []
        alias = f" ({aliases[0]})" if aliases else ""
        return f"account {self.number}{alias}, region {region}, as {self.caller}"


def check_endpoints() -> None:
    """Check that requests go to AWS, unless the caller wants to rehearse on an emulator.

    Raises:
        PipelineError: an environment variable redirects them.
    """
    redirected = " ".join(sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")))
    if redirected and not is_rehearsal():
        raise PipelineError(
            f"{redirected} is set, so requests would not reach AWS",
            f"run: unset {redirected} (or set {REHEARSAL}=1 to rehearse on an emulator)",
        )


def is_rehearsal() -> bool:
    """Return whether the caller wants an emulator instead of AWS."""
    return os.environ.get(REHEARSAL) == "1"


def find_account() -> Account:
    """Return the account of the caller's credentials.

    Raises:
        PipelineError: AWS doesn't accept them, or they are an emulator's, or real ones in a rehearsal.
    """
    try:
        identity = client("sts", boto3.Session().region_name or "us-east-1").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise PipelineError(
            f"AWS did not accept your credentials: {error}",
            "log in (aws configure, aws sso login) or choose a profile (export AWS_PROFILE=...), then try again",
        ) from error
    account = Account(identity["Account"], identity["Arn"])
    if is_rehearsal() != (account.number == EMULATOR):
        raise PipelineError(*_mismatch(account))
    return account


def describe_concurrency(region: str) -> str:
    """Return the account's concurrency limit, for a person."""
    limit = _if_allowed(lambda: client("lambda", region).get_account_settings()["AccountLimit"])
    if limit is None:
        return "the concurrency limit is unknown: these credentials may not read it (lambda:GetAccountSettings)"
    total = f"{limit['ConcurrentExecutions']:,} invocations at once in this account and region"
    if limit["ConcurrentExecutions"] > NEW_ACCOUNTS_CONCURRENCY:
        return total
    return f"{total}, the default of new accounts; more uploads wait. Request a higher quota in Service Quotas"


def _mismatch(account: Account) -> tuple[str, str]:
    """Return the problem and the remedy if the account doesn't match the rehearsal."""
    if is_rehearsal():
        return f"{REHEARSAL}=1 is set, but account {account.number} isn't an emulator's", f"run: unset {REHEARSAL}"
    return (
        f"account {account.number} is an emulator's",
        "choose a profile without endpoint_url (export AWS_PROFILE=...), then try again",
    )


def _if_allowed(request: Callable[[], Any]) -> Any:
    """Return what `request` returns, or None if the caller may not make it."""
    try:
        return request()
    except ClientError as error:
        if error.response["Error"]["Code"] not in REFUSED:
            raise
        return None
