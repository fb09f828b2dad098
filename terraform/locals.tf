data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name         = "${var.project_name}-${var.environment}"
  region       = data.aws_region.current.region
  account_id   = data.aws_caller_identity.current.account_id
  function_arn = "arn:${data.aws_partition.current.partition}:lambda:${local.region}:${local.account_id}:function:${local.name}"

  tags = merge({
    Project     = var.project_name
    Environment = var.environment
    ManagedBy   = "terraform"
  }, var.tags)
}

# The buckets and the queue refuse plain HTTP.
data "aws_iam_policy_document" "tls_only" {
  for_each = merge(
    { for name, bucket in local.buckets : name => { actions = ["s3:*"], resources = [bucket.arn, "${bucket.arn}/*"] } },
    { failures = { actions = ["sqs:*"], resources = [aws_sqs_queue.failures.arn] } },
  )

  statement {
    sid       = "DenyWithoutTLS"
    effect    = "Deny"
    actions   = each.value.actions
    resources = each.value.resources

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
