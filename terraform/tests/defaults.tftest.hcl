# The defaults of all variables.
mock_provider "aws" {
  source = "./tests/mocks"
}

run "defaults" {
  assert {
    condition     = aws_cloudwatch_dashboard.processor.dashboard_name == "image-processor-dev-us-east-1"
    error_message = "Dashboards are global, so their names contain the region."
  }

  assert {
    condition     = alltrue([for name in ["upload", "processed", "failures"] : one(data.aws_iam_policy_document.tls_only[name].statement).effect == "Deny"])
    error_message = "Buckets and queue refuse plain HTTP."
  }

  assert {
    condition     = alltrue([for policy in aws_s3_bucket_policy.this : policy.policy != ""]) && aws_sqs_queue_policy.failures.policy != ""
    error_message = "Buckets and queue have a policy."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_server_side_encryption_configuration.this : one(one(bucket.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"])
    error_message = "Without a key, S3's own keys encrypt the buckets."
  }

  assert {
    condition     = aws_sqs_queue.failures.sqs_managed_sse_enabled == true
    error_message = "Without a key, SQS's own keys encrypt the queue."
  }

  assert {
    condition     = length(aws_lambda_function.processor.vpc_config) == 0
    error_message = "The function runs outside of VPCs."
  }

  assert {
    condition     = aws_lambda_function.processor.reserved_concurrent_executions == -1
    error_message = "The function reserves no concurrency."
  }

  assert {
    condition     = length(aws_s3_bucket_cors_configuration.this) == 0
    error_message = "Web pages from other origins can't use the buckets."
  }

  assert {
    condition     = length(one(aws_lambda_function_event_invoke_config.processor.destination_config).on_success) == 0
    error_message = "Outcomes aren't sent."
  }

  assert {
    condition     = one(aws_lambda_function.processor.environment).variables.CACHE_CONTROL == "public, max-age=31536000, immutable" && one(aws_lambda_function.processor.environment).variables.VARIANT_TAGS == ""
    error_message = "Browsers can keep variants, which have no tags."
  }

  assert {
    condition     = one(one(aws_s3_bucket_notification.upload).lambda_function).events == toset(["s3:ObjectCreated:*"]) && one(aws_lambda_function.processor.environment).variables.DELETE_VARIANTS_WITH_UPLOAD == "false"
    error_message = "S3 doesn't notify the function of removals."
  }

  assert {
    condition     = length(aws_iam_role.batch) == 0
    error_message = "There is no role for batch jobs."
  }

  assert {
    condition     = aws_iam_role.processor.path == "/"
    error_message = "The role has no path."
  }

  assert {
    condition     = [for statement in data.aws_iam_policy_document.processor.statement : statement.sid] == ["ReadUploads", "DetectDeletedUploads", "DetectVariants", "WriteVariants", "WriteLogs", "ReportFailures"]
    error_message = "The role has only the permissions that the function needs."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.upload[0].rule : rule.id] == ["abort-incomplete-uploads"]
    error_message = "No version of an upload expires."
  }

  assert {
    condition     = aws_lambda_function.processor.tags == tomap({ Project = "image-processor", Environment = "dev", ManagedBy = "terraform" })
    error_message = "Resources have three tags."
  }

  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["dropped", "duration", "errors", "failures", "lost", "rejections", "throttles"]
    error_message = "There are seven alarms."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_actions) == 0])
    error_message = "Alarms have no actions."
  }

  assert {
    condition     = one(aws_s3_bucket_notification.upload[0].lambda_function).events == toset(["s3:ObjectCreated:*"]) && !aws_s3_bucket_notification.upload[0].eventbridge && one(aws_lambda_permission.upload_bucket).principal == "s3.amazonaws.com"
    error_message = "The bucket notifies the function of each upload."
  }

  assert {
    condition     = alltrue([for filter in [one(aws_s3_bucket_notification.upload[0].lambda_function)] : filter.filter_prefix == null && filter.filter_suffix == null])
    error_message = "Every object is an upload."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : statement if statement.sid == "ReadUploads"]).resources == toset(["arn:aws:s3:::bucket/*"])
    error_message = "The role can read every object."
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.uploads) == 0 && length(data.aws_iam_policy_document.failures.statement) == 0
    error_message = "There is no EventBridge rule, and EventBridge can't send messages to the queue."
  }

  assert {
    condition     = output.upload_prefix == "" && length(output.upload_suffixes) == 0 && output.trigger_to_add == null
    error_message = "There are no filters, and there is nothing to add."
  }
}
