"""Create the pipeline in an emulator with boto3: the part of terraform/ that has an effect there."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from pipeline.deployed.deployment import client
from pipeline.stacks import Say, safeguards
from pipeline.stacks.function_code import function_zip
from pipeline.stacks.variables import Variables

ROLE = "arn:aws:iam::000000000000:role/processor"  # the API requires one; the emulator never looks it up
RUNTIME, HANDLER = "python3.12", "lambda_function.lambda_handler"
EVENTS = ("s3:ObjectCreated:*",)
REMOVALS = ("s3:ObjectRemoved:*", "s3:LifecycleExpiration:*")  # if variants are deleted with their upload


def apply(endpoint_url: str, existing: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Create the pipeline, or update the one whose Terraform outputs are `existing`; return its outputs."""
    return _Infrastructure(endpoint_url, existing).apply(say)


class _Infrastructure:
    def __init__(self, endpoint_url: str, existing: Mapping[str, Any]) -> None:
        self.variables = Variables()
        self.existing = existing
        self.name = f"{self.variables.text('project_name')}-{self.variables.text('environment')}"
        self.log_group = f"/aws/lambda/{self.name}"
        self.region = self.variables.text("aws_region")
        self.deletes = self.variables.flag("delete_variants_with_upload")
        self.s3, self.sqs, self.functions, self.logs = (
            client(service, self.region, endpoint_url) for service in ("s3", "sqs", "lambda", "logs")
        )

    def apply(self, say: Say) -> dict[str, Any]:
        upload = self._ensure_bucket("upload", self.variables.optional("upload_bucket"))
        processed = self._ensure_bucket("processed")
        self._configure_buckets(upload, processed)
        queue = self._ensure_failure_queue()
        self._ensure_log_group()
        self._ensure_function(processed)
        self._set_destinations(queue, say)
        self._set_trigger(upload, say)
        return {
            "upload_bucket_name": upload,
            "processed_bucket_name": processed,
            "lambda_function_name": self.name,
            "failure_queue_url": queue,
            "region": self.region,
            "upload_prefix": self.variables.text("upload_prefix"),
            "upload_suffixes": self.variables.texts("upload_suffixes"),
        }

    def _configure_buckets(self, upload: str, processed: str) -> None:
        safeguards.protect_bucket(self.s3, upload, *safeguards.expire_replaced_uploads(self.variables))
        safeguards.protect_bucket(self.s3, processed, *safeguards.expire_replaced_variants(self.variables))
        origins = self.variables.texts("cors_allowed_origins")
        safeguards.allow_browsers(self.s3, upload, ["PUT", "POST"], origins)
        safeguards.allow_browsers(self.s3, processed, ["GET", "HEAD"], origins)

    def _ensure_bucket(self, purpose: str, name: str | None = None) -> str:
        """Return the bucket for `purpose`. It is created if need be, even under the `name` of your own bucket."""
        existing: str | None = self.existing.get(f"{purpose}_bucket_name")
        if existing and name in (None, existing):
            return existing
        bucket = name or f"{self.name}-{purpose}-{secrets.token_hex(8)}"
        location = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.s3.create_bucket(Bucket=bucket, **({} if self.region == "us-east-1" else location))
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        self.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
        return bucket

    def _ensure_failure_queue(self) -> str:
        url = self.existing.get("failure_queue_url")
        url = url or str(self.sqs.create_queue(QueueName=f"{self.name}-failures")["QueueUrl"])
        attributes = safeguards.queue_attributes(self.variables, self._queue_arn(url))
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return url

    def _queue_arn(self, url: str) -> str:
        return str(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])

    def _ensure_log_group(self) -> None:
        if not self.existing:
            self.logs.create_log_group(logGroupName=self.log_group)
        days = self.variables.number("log_retention_days")
        self.logs.put_retention_policy(logGroupName=self.log_group, retentionInDays=days)

    def _ensure_function(self, processed: str) -> None:
        configuration = self._configuration(processed)
        code = {"Architectures": [self.variables.text("architecture")]}  # MiniStack runs it on this machine's
        if self.existing:
            self.functions.update_function_code(FunctionName=self.name, ZipFile=function_zip(), **code)
            self.functions.update_function_configuration(**configuration)
            self.functions.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        else:
            self.functions.create_function(**configuration, **code, Code={"ZipFile": function_zip()})
            self.functions.get_waiter("function_active_v2").wait(FunctionName=self.name)

    def _configuration(self, processed: str) -> dict[str, Any]:
        return {
            "FunctionName": self.name,
            "Description": "Creates the variants of every image in the upload bucket",
            "Role": ROLE,
            "Runtime": RUNTIME,
            "Handler": HANDLER,
            "MemorySize": self.variables.number("memory_size"),  # not enforced, but the function's limits follow it
            "Timeout": self.variables.number("timeout"),
            "Environment": {"Variables": self._environment(processed)},
            "LoggingConfig": {
                "LogFormat": "JSON",  # of the lines that Lambda itself writes, which MiniStack doesn't
                "ApplicationLogLevel": self.variables.text("log_level"),
                "LogGroup": self.log_group,
            },
        }

    def _environment(self, processed: str) -> dict[str, str]:
        return {
            "PROCESSED_BUCKET": processed,
            "LOG_LEVEL": self.variables.text("log_level"),
            "TIMEOUT_SECONDS": str(self.variables.number("timeout")),
            "CACHE_CONTROL": self.variables.text("cache_control"),
            "DELETE_VARIANTS_WITH_UPLOAD": "true" if self.deletes else "false",
            "VARIANT_TAGS": urlencode(self.variables.mapping("variant_tags"), quote_via=quote, safe=""),
            "MALLOC_MMAP_THRESHOLD_": "1048576",  # as in lambda.tf
        }

    def _set_destinations(self, queue: str, say: Say) -> None:
        destinations = {"OnFailure": {"Destination": self._queue_arn(queue)}}
        if arn := self.variables.optional("outcome_destination_arn"):
            say("outcomes are sent nowhere: MiniStack stores outcome_destination_arn, and never sends to it")
            destinations["OnSuccess"] = {"Destination": arn}
        self.functions.put_function_event_invoke_config(
            FunctionName=self.name,
            MaximumRetryAttempts=self.variables.number("retry_attempts"),
            MaximumEventAgeInSeconds=self.variables.number("event_age_seconds"),
            DestinationConfig=destinations,
        )

    def _set_trigger(self, bucket: str, say: Say) -> None:
        trigger = self.variables.text("trigger")
        if trigger == "eventbridge":
            say("the bucket notifies the function: MiniStack drops an event of EventBridge if the function fails once")
        arn = self.functions.get_function(FunctionName=self.name)["Configuration"]["FunctionArn"]
        safeguards.allow_uploads(self.functions, self.name, bucket, account=arn.split(":")[4])
        rule = {"LambdaFunctionArn": arn, "Events": [*EVENTS, *(REMOVALS if self.deletes else ())]}
        rules = [] if trigger == "none" else [rule | each for each in self._filters()]
        self.s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": rules}
        )

    def _filters(self) -> list[dict[str, Any]]:
        """Return a filter for each suffix, or one without a suffix."""
        prefix = {"prefix": self.variables.text("upload_prefix")}
        named = [prefix | {"suffix": suffix} for suffix in self.variables.texts("upload_suffixes")] or [prefix]
        return [_filter({name: value for name, value in each.items() if value}) for each in named]


def _filter(rules: Mapping[str, str]) -> dict[str, Any]:
    """Return the part of a notification for keys that fit all `rules`."""
    written = [{"Name": name, "Value": value} for name, value in rules.items()]
    return {"Filter": {"Key": {"FilterRules": written}}} if written else {}
