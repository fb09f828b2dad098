"""A running pipeline: the names of its parts, and clients for them."""

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.session import Session
from botocore.utils import parse_timestamp

from pipeline.deployed.unread import drop_unread
from pipeline.lib.errors import PipelineError

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

MAX_INVOCATION_SECONDS = 900  # Lambda's limit
MAX_CONNECTIONS = 200  # of a client; they are opened as needed

_creation = threading.Lock()  # threads share a session, which creates one client at a time


@dataclass(frozen=True)
class Deployment:
    """The names of a pipeline's parts. `endpoint_url` is None on AWS.

    `batch_role_arn` is the role for jobs of S3 Batch Operations, if there is one. Only objects whose keys start with
    `upload_prefix` and end with one of `upload_suffixes` are uploads; without suffixes, any ending will do.
    """

    upload_bucket: str
    processed_bucket: str
    function_name: str
    failure_queue_url: str
    region: str
    endpoint_url: str | None = None
    batch_role_arn: str | None = None
    upload_prefix: str = ""
    upload_suffixes: tuple[str, ...] = ()

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, Any], endpoint_url: str | None = None) -> "Deployment":
        """Return the deployment that Terraform's outputs (name -> value) describe."""
        return cls(
            upload_bucket=outputs["upload_bucket_name"],
            processed_bucket=outputs["processed_bucket_name"],
            function_name=outputs["lambda_function_name"],
            failure_queue_url=outputs["failure_queue_url"],
            region=outputs["region"],
            endpoint_url=endpoint_url,
            batch_role_arn=outputs.get("batch_role_arn"),
            upload_prefix=outputs.get("upload_prefix", ""),
            upload_suffixes=tuple(outputs.get("upload_suffixes", ())),
        )

    def takes(self, key: str) -> bool:
        """Return whether an object with `key` in the upload bucket is an upload."""
        return key.startswith(self.upload_prefix) and (not self.upload_suffixes or key.endswith(self.upload_suffixes))

    def check_key(self, key: str) -> None:
        """Check that an object with `key` would be an upload.

        Raises:
            PipelineError: the function wouldn't be invoked for it.
        """
        if not self.takes(key):
            rules = [f"start with {self.upload_prefix}"] if self.upload_prefix else []
            rules += [f"end with {' or '.join(self.upload_suffixes)}"] if self.upload_suffixes else []
            raise PipelineError(
                f"{key} would not be processed: the keys of uploads {' and '.join(rules)}",
                "use --prefix or rename the file; upload_prefix and upload_suffixes are variables of the deployment",
            )

    def narrow(self, prefix: str) -> str:
        """Return the longest prefix of all uploads whose keys start with `prefix`, so that nothing else is listed.

        Raises:
            PipelineError: no upload starts with it.
        """
        if prefix.startswith(self.upload_prefix):
            return prefix
        if self.upload_prefix.startswith(prefix):
            return self.upload_prefix
        raise PipelineError(
            f"no upload starts with {prefix}: the keys of uploads start with {self.upload_prefix}",
            "add that to the prefix",
        )

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @cached_property
    def s3(self) -> "S3Client":
        return self._client("s3")  # type: ignore[no-any-return]

    @cached_property
    def listings(self) -> "S3Client":
        """A client for long listings, which contain only what drop_unread() leaves."""
        s3 = self._client("s3")
        drop_unread(s3)
        return s3  # type: ignore[no-any-return]

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._client("sqs")  # type: ignore[no-any-return]

    @cached_property
    def functions(self) -> "LambdaClient":
        return self._client("lambda", read_timeout=MAX_INVOCATION_SECONDS + 5)  # type: ignore[no-any-return]

    @cached_property
    def s3control(self) -> Any:
        return self._client("s3control")

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._client("logs")  # type: ignore[no-any-return]

    @cached_property
    def iam(self) -> Any:
        return self._client("iam")

    @cached_property
    def rules(self) -> Any:
        return self._client("events")

    @cached_property
    def cloudwatch(self) -> Any:
        return self._client("cloudwatch")

    def _client(self, service: str, **settings: Any) -> Any:
        return client(service, self.region, self.endpoint_url, **settings)


def client(service: str, region: str, endpoint_url: str | None = None, **settings: Any) -> Any:
    """Return a boto3 client for AWS with the caller's credentials and settings, or for an emulator without them."""
    config = Config(tcp_keepalive=True, max_pool_connections=MAX_CONNECTIONS, **settings)
    with _creation:
        if endpoint_url is None:
            return _session().client(service, region_name=region, config=config)  # type: ignore[call-overload]
        return _isolated_session().client(  # type: ignore[call-overload]
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - emulators accept anything
            config=config.merge(Config(s3={"addressing_style": "path"}, proxies={})),
        )


@cache
def _session() -> boto3.Session:
    """Return a session with the caller's credentials and settings."""
    return boto3.Session(botocore_session=_with_fast_times(Session()))


@cache
def _isolated_session() -> boto3.Session:
    """Return a session that ignores AWS_ variables and configuration files: they could break an emulator."""
    defaults = {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    for file in ("config_file", "credentials_file"):
        defaults[file] = (None, None, os.devnull, None)
    return boto3.Session(botocore_session=_with_fast_times(Session(session_vars=defaults)))


def _with_fast_times(session: Session) -> Session:
    """Return `session` with a faster parser of dates: botocore's own takes most of the time to read a listing."""
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_time)
    return session


def parse_time(value: Any) -> datetime:
    """Return the time in a response.

    Reads the forms "2026-01-31T12:00:00Z" and "Sat, 31 Jan 2026 12:00:00 GMT" quickly, and any other as botocore does.
    """
    if isinstance(value, str) and value.endswith(("Z", "GMT")):
        with suppress(ValueError):
            return datetime.fromisoformat(value) if value.endswith("Z") else parsedate_to_datetime(value)
    return parse_timestamp(value)
