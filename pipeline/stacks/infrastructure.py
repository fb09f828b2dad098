"""What the Terraform files describe, made by boto3 in an emulator that Terraform is not at hand for."""

import secrets
from collections.abc import Mapping
from typing import Any

from pipeline.deployed.deployment import client
from pipeline.stacks.function_code import function_zip
from pipeline.stacks.terraform import Configuration

ROLE = "arn:aws:iam::000000000000:role/processor"  # asked for by the API, not looked at by the emulator


def apply(endpoint_url: str, existing: Mapping[str, str]) -> dict[str, str]:
    """Makes the pipeline, or updates the one whose Terraform outputs are EXISTING; returns its outputs."""
    return _Infrastructure(endpoint_url, existing).apply()


class _Infrastructure:
    def __init__(self, endpoint_url: str, existing: Mapping[str, str]) -> None:
        self.terraform = Configuration()
        self.existing = existing
        self.region = self.terraform.variable("aws_region")
        self.s3, self.sqs, self.functions, self.logs = (
            client(service, self.region, endpoint_url) for service in ("s3", "sqs", "lambda", "logs")
        )

    def apply(self) -> dict[str, str]:
        upload, processed = self._bucket("upload"), self._bucket("processed")
        queue = self._failure_queue()
        self._log_group()
        function = self._function()
        self._failure_destination(function, queue)
        self._notification(upload, function)
        return {
            "upload_bucket_name": upload,
            "processed_bucket_name": processed,
            "lambda_function_name": function,
            "failure_queue_url": queue,
            "region": self.region,
        }

    def _bucket(self, name: str) -> str:
        bucket = self.existing.get(f"{name}_bucket_name") or self._new_bucket(name)
        self.terraform.known[f"aws_s3_bucket.{name}.id"] = bucket
        self.s3.put_bucket_versioning(
            Bucket=bucket,
            VersioningConfiguration={
                "Status": self._block(f"aws_s3_bucket_versioning.{name}", "versioning_configuration")["status"]
            },
        )
        rule = self._block("aws_s3_bucket_server_side_encryption_configuration.this", "rule")
        algorithm = rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"]
        self.s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}]
            },
        )
        access = self.terraform.resource("aws_s3_bucket_public_access_block.this")
        self.s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": access["block_public_acls"],
                "BlockPublicPolicy": access["block_public_policy"],
                "IgnorePublicAcls": access["ignore_public_acls"],
                "RestrictPublicBuckets": access["restrict_public_buckets"],
            },
        )
        return bucket

    def _new_bucket(self, name: str) -> str:
        bucket = self.terraform.resource(f"aws_s3_bucket.{name}")["bucket_prefix"] + secrets.token_hex(8)
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.s3.create_bucket(Bucket=bucket, **({} if self.region == "us-east-1" else elsewhere))
        return str(bucket)

    def _failure_queue(self) -> str:
        queue = self.terraform.resource("aws_sqs_queue.failures")
        url = self.existing.get("failure_queue_url") or self.sqs.create_queue(QueueName=queue["name"])["QueueUrl"]
        attributes = {
            "MessageRetentionPeriod": str(queue["message_retention_seconds"]),
            "VisibilityTimeout": str(queue["visibility_timeout_seconds"]),
        }
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return str(url)

    def _log_group(self) -> None:
        group = self.terraform.resource("aws_cloudwatch_log_group.processor")
        if not self.existing:
            self.logs.create_log_group(logGroupName=group["name"])
        self.logs.put_retention_policy(logGroupName=group["name"], retentionInDays=group["retention_in_days"])

    def _function(self) -> str:
        described = self.terraform.resource("aws_lambda_function.processor")
        name = str(described["function_name"])
        configuration = {
            "FunctionName": name,
            "Role": ROLE,
            "Handler": described["handler"],
            "Runtime": described["runtime"],
            "MemorySize": described["memory_size"],
            "Timeout": described["timeout"],
            "Environment": {"Variables": described["environment"][0]["variables"]},
        }
        if self.existing:
            self.functions.update_function_code(FunctionName=name, ZipFile=function_zip())
            self.functions.update_function_configuration(**configuration)
            self.functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        else:
            self.functions.create_function(**configuration, Code={"ZipFile": function_zip()})
            self.functions.get_waiter("function_active_v2").wait(FunctionName=name)
        return name

    def _failure_destination(self, function: str, queue: str) -> None:
        retries = self.terraform.resource("aws_lambda_function_event_invoke_config.processor")
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        self.functions.put_function_event_invoke_config(
            FunctionName=function,
            MaximumRetryAttempts=retries["maximum_retry_attempts"],
            MaximumEventAgeInSeconds=retries["maximum_event_age_in_seconds"],
            DestinationConfig={"OnFailure": {"Destination": attributes["QueueArn"]}},
        )

    def _notification(self, bucket: str, function: str) -> None:
        target = self._block("aws_s3_bucket_notification.upload", "lambda_function")
        arn = self.functions.get_function(FunctionName=function)["Configuration"]["FunctionArn"]
        self.s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={
                "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": target["events"]}]
            },
        )

    def _block(self, address: str, name: str) -> dict[str, Any]:
        block: dict[str, Any] = self.terraform.resource(address)[name][0]
        return block
