data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "processor" {
  statement {
    sid       = "ReadUploads"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.upload_bucket_arn}/${var.upload_prefix}*"]
  }

  # Without this permission, S3 answers 403 instead of 404 for a deleted object, and the function can't tell why.
  # It can't be limited to the prefix, because a request for an object doesn't name a prefix.
  statement {
    sid       = "DetectDeletedUploads"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [local.upload_bucket_arn]
  }

  statement {
    sid       = "DetectVariants"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.processed.arn]
  }

  statement {
    sid       = "WriteVariants"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.processed.arn}/*"]
  }

  # After an upload is deleted, only the metadata of its variants names it.
  dynamic "statement" {
    for_each = var.delete_variants_with_upload ? ["${aws_s3_bucket.processed.arn}/*"] : []

    content {
      sid       = "DeleteVariants"
      actions   = ["s3:GetObjectVersion", "s3:DeleteObjectVersion"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.delete_variants_with_upload ? [aws_s3_bucket.processed.arn] : []

    content {
      sid       = "FindVariantsToDelete"
      actions   = ["s3:ListBucketVersions"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = length(var.variant_tags) == 0 ? [] : ["${aws_s3_bucket.processed.arn}/*"]

    content {
      sid       = "TagVariants"
      actions   = ["s3:PutObjectTagging"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.processor.arn}:*"]
  }

  statement {
    sid       = "ReportFailures"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failures.arn]
  }

  dynamic "statement" {
    for_each = var.outcome_destination_arn == null ? [] : [var.outcome_destination_arn]

    content {
      sid       = "ReportOutcomes"
      actions   = [local.sending_actions[split(":", statement.value)[2]]]
      resources = [statement.value]
    }
  }

  # S3 and SQS use the key with the role's permissions: to decrypt uploads, and to encrypt variants and messages.
  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "UseKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  # Lambda needs these to connect the function to a VPC. The actions that describe can't be limited to a resource.
  dynamic "statement" {
    for_each = var.vpc == null ? [] : ["*"]

    content {
      sid       = "ManageNetworkInterfaces"
      actions   = local.network_actions
      resources = [statement.value]
    }
  }

  # The function's code doesn't need them.
  dynamic "statement" {
    for_each = var.vpc == null ? [] : ["*"]

    content {
      sid       = "DenyNetworkInterfacesToCode"
      effect    = "Deny"
      actions   = local.network_actions
      resources = [statement.value]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = [local.function_arn]
      }
    }
  }
}

locals {
  # The action that sends a message to a destination, by the service in the destination's ARN.
  sending_actions = {
    events = "events:PutEvents"
    lambda = "lambda:InvokeFunction"
    sns    = "sns:Publish"
    sqs    = "sqs:SendMessage"
  }

  network_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ]
}

resource "aws_iam_role" "processor" {
  name_prefix          = "${local.name}-" # IAM is global, so a deployment in another region can have the same name
  path                 = var.role_path
  description          = "Execution role of the function ${local.name} in ${local.region}"
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags
}

resource "aws_iam_role_policy" "processor" {
  name   = "processor"
  role   = aws_iam_role.processor.name
  policy = data.aws_iam_policy_document.processor.json
}
