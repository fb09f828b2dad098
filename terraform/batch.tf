# The role of S3 Batch Operations, for `pipeline backfill --batch`.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html

data "aws_iam_policy_document" "assume_batch_role" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["batchoperations.s3.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "batch" {
  statement {
    sid       = "InvokeFunction"
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.processor.arn]
  }

  statement {
    sid       = "ListUploads"
    actions   = ["s3:PutInventoryConfiguration"]
    resources = [local.upload_bucket_arn]
  }

  statement {
    sid       = "WriteReports"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.processed.arn}/batch-reports/*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "UseKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "batch" {
  count = var.batch_operations ? 1 : 0

  name_prefix          = "${local.name}-batch-" # IAM is global, so a deployment in another region can have the same name
  path                 = var.role_path
  description          = "Role of S3 Batch Operations jobs that invoke the function ${local.name} in ${local.region}"
  assume_role_policy   = data.aws_iam_policy_document.assume_batch_role.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags
}

resource "aws_iam_role_policy" "batch" {
  count = var.batch_operations ? 1 : 0

  name   = "batch"
  role   = aws_iam_role.batch[0].name
  policy = data.aws_iam_policy_document.batch.json
}
