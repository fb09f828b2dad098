"""One running pipeline: the names of its parts, and clients that reach them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

LONGEST_INVOCATION = 900  # seconds, by Lambda

_making = threading.Lock()  # boto3 shares one session, in which two threads cannot make clients at once


@dataclass(frozen=True)
class Deployment:
    """What every operation needs to know of a stack. `endpoint_url` is None on AWS itself."""

    upload_bucket: str
    processed_bucket: str
    function_name: str
    failure_queue_url: str
    region: str
    endpoint_url: str | None = None

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str], endpoint_url: str | None = None) -> "Deployment":
        """The deployment that Terraform's outputs (name -> value) describe."""
        return cls(
            upload_bucket=outputs["upload_bucket_name"],
            processed_bucket=outputs["processed_bucket_name"],
            function_name=outputs["lambda_function_name"],
            failure_queue_url=outputs["failure_queue_url"],
            region=outputs["region"],
            endpoint_url=endpoint_url,
        )

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @cached_property
    def s3(self) -> "S3Client":
        return self._client("s3")  # type: ignore[no-any-return]

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._client("sqs")  # type: ignore[no-any-return]

    @cached_property
    def functions(self) -> "LambdaClient":
        return self._client("lambda", read_timeout=LONGEST_INVOCATION + 5)  # type: ignore[no-any-return]

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._client("logs")  # type: ignore[no-any-return]

    def _client(self, service: str, **settings: Any) -> Any:
        return client(service, self.region, self.endpoint_url, **settings)


def client(service: str, region: str, endpoint_url: str | None = None, **settings: Any) -> Any:
    """A boto3 client: of AWS with the caller's own credentials, or of an emulator, which takes any."""
    config = Config(tcp_keepalive=True, max_pool_connections=50, **settings)
    with _making:
        if endpoint_url is None:
            return boto3.client(service, region_name=region, config=config)  # type: ignore[call-overload]
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - what emulators take
            config=config.merge(Config(s3={"addressing_style": "path"}, proxies={})),
        )
