output "upload_bucket_name" {
  description = "Bucket to upload images to"
  value       = local.upload_bucket_name
}

output "upload_prefix" {
  description = "Prefix of the keys of uploads"
  value       = var.upload_prefix
}

output "upload_suffixes" {
  description = "Suffixes of the keys of uploads; empty if any key is an upload"
  value       = var.upload_suffixes
}

output "trigger_to_add" {
  description = "What invokes the function for each upload, if trigger is none: the function, the permission that it needs, and the keys to filter for"
  value = var.trigger != "none" ? null : {
    function_arn = aws_lambda_function.processor.arn
    events       = local.events
    prefix       = var.upload_prefix
    suffixes     = var.upload_suffixes

    permission = {
      action         = "lambda:InvokeFunction"
      function_name  = aws_lambda_function.processor.function_name
      principal      = "s3.amazonaws.com"
      source_arn     = local.upload_bucket_arn
      source_account = local.account_id
    }
  }

  # A notification that is added earlier would send uploads that nobody reports if they fail.
  depends_on = [aws_lambda_function_event_invoke_config.processor]
}

output "processed_bucket_name" {
  description = "Bucket that receives the variants"
  value       = aws_s3_bucket.processed.id
}

output "lambda_function_name" {
  description = "Name of the function"
  value       = aws_lambda_function.processor.function_name
}

output "role_name" {
  description = "Name of the function's role, for example to let it use the KMS key of your own upload bucket"
  value       = aws_iam_role.processor.name
}

output "log_group_name" {
  description = "Log group of the function"
  value       = aws_cloudwatch_log_group.processor.name
}

output "failure_queue_url" {
  description = "Queue that receives failed uploads, with the event and the error"
  value       = aws_sqs_queue.failures.url
}

output "region" {
  description = "Region of the deployment"
  value       = local.region
}

output "upload_command_example" {
  description = "Command that uploads an image"
  value       = "aws s3 cp photo.jpg s3://${local.upload_bucket_name}/${var.upload_prefix}"
}

output "dashboard_url" {
  description = "Dashboard in the AWS console"
  value       = "https://console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards:name=${aws_cloudwatch_dashboard.processor.dashboard_name}"
}

output "batch_role_arn" {
  description = "Role for S3 Batch Operations jobs, if batch_operations is set"
  value       = one(aws_iam_role.batch[*].arn)
}
