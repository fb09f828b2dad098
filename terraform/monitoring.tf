resource "aws_cloudwatch_log_group" "processor" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
}
