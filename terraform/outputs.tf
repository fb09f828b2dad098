output "upload_bucket_name" {
  description = "Name of the bucket to upload images to"
  value       = local.upload_bucket_name
}

output "upload_prefix" {
  description = "Prefix that the keys of uploads start with"
  value       = var.upload_prefix
}

output "upload_suffixes" {
  description = "Suffixes that the keys of uploads end with. If there are none, keys can end with anything."
  value       = var.upload_suffixes
}

output "trigger_to_add" {
  description = "What you need to invoke the function for each upload if trigger is none: the function, the events and keys to filter for, and the permission to add"
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

  # If you added a notification earlier, uploads that fail wouldn't reach the failure queue.
  depends_on = [aws_lambda_function_event_invoke_config.processor]
}

output "processed_bucket_name" {
  description = "Name of the bucket that receives the variants"
  value       = aws_s3_bucket.processed.id
}

output "lambda_function_name" {
  description = "Name of the function"
  value       = aws_lambda_function.processor.function_name
}

output "role_name" {
  description = "Name of the function's role. Allow it to use the KMS key of your upload bucket, for example."
  value       = aws_iam_role.processor.name
}

output "log_group_name" {
  description = "Name of the function's log group"
  value       = aws_cloudwatch_log_group.processor.name
}

output "failure_queue_url" {
  description = "URL of the queue that receives failed uploads, with the event and the error"
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
  description = "URL of the dashboard in the AWS console"
  value       = "https://console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards:name=${aws_cloudwatch_dashboard.processor.dashboard_name}"
}

output "batch_role_arn" {
  description = "ARN of the role for S3 Batch Operations jobs, if batch_operations is true"
  value       = one(aws_iam_role.batch[*].arn)
}
