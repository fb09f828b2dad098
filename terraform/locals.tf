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

  # The layer's modules have the architecture in their names, and a zip archive contains names as plain text.
  layer_path   = "${path.module}/pillow_layer${var.architecture == "arm64" ? "_arm64" : ""}.zip"
  layer_module = "cpython-312-${var.architecture == "arm64" ? "aarch64" : "x86_64"}-linux-gnu.so"

  # Hashes of the function's modules: as they are now, and as they were when they were compiled.
  lambda_path      = "${path.module}/../lambda"
  function_path    = "${path.module}/function"
  modules          = { for name in fileset(local.lambda_path, "**/*.py") : name => filesha256("${local.lambda_path}/${name}") if !startswith(name, "layer/") }
  compiled_modules = { for name in fileset(local.function_path, "**/*.py") : name => filesha256("${local.function_path}/${name}") }

  # The ARN of an existing bucket isn't read from a data source, which would fail when destroying after the bucket is gone.
  creates_upload_bucket = var.upload_bucket == null
  upload_bucket_name    = coalesce(var.upload_bucket, one(aws_s3_bucket.upload[*].id))
  upload_bucket_arn     = local.creates_upload_bucket ? aws_s3_bucket.upload[0].arn : "arn:${data.aws_partition.current.partition}:s3:::${var.upload_bucket}"

  # The buckets that this configuration creates.
  buckets = merge({ processed = aws_s3_bucket.processed }, { for bucket in aws_s3_bucket.upload : "upload" => bucket })
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
