output "upload_bucket_name" {
  description = "Bucket to upload images to"
  value       = aws_s3_bucket.upload.id
}

output "processed_bucket_name" {
  description = "Bucket that receives the variants"
  value       = aws_s3_bucket.processed.id
}

output "lambda_function_name" {
  description = "Name of the function"
  value       = aws_lambda_function.processor.function_name
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
  value       = "aws s3 cp photo.jpg s3://${aws_s3_bucket.upload.id}/"
}

output "dashboard_url" {
  description = "Dashboard in the AWS console"
  value       = "https://console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards:name=${aws_cloudwatch_dashboard.processor.dashboard_name}"
}

output "batch_role_arn" {
  description = "Role for S3 Batch Operations jobs, if batch_operations is set"
  value       = one(aws_iam_role.batch[*].arn)
}
