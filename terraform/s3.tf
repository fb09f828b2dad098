locals {
  # The ARN of an existing bucket isn't read from a data source, which would fail when destroying after the bucket is gone.
  creates_upload_bucket = var.upload_bucket == null
  upload_bucket_name    = coalesce(var.upload_bucket, one(aws_s3_bucket.upload[*].id))
  upload_bucket_arn     = local.creates_upload_bucket ? aws_s3_bucket.upload[0].arn : "arn:${data.aws_partition.current.partition}:s3:::${var.upload_bucket}"

  # The buckets that this configuration creates.
  buckets = merge({ processed = aws_s3_bucket.processed }, { for bucket in aws_s3_bucket.upload : "upload" => bucket })
}

resource "aws_s3_bucket" "upload" {
  # checkov:skip=CKV_AWS_18: access logs need a third bucket; CloudTrail data events record the same requests
  # checkov:skip=CKV_AWS_144: replication to another region doubles the cost of storage, so it's the account owner's decision
  count = local.creates_upload_bucket ? 1 : 0

  bucket_prefix = "${local.name}-upload-"
  force_destroy = var.force_destroy
  tags          = local.tags
}

resource "aws_s3_bucket" "processed" {
  # checkov:skip=CKV_AWS_18: access logs need a third bucket; CloudTrail data events record the same requests
  # checkov:skip=CKV_AWS_144: replication to another region doubles the cost of storage, so it's the account owner's decision
  # checkov:skip=CKV2_AWS_62: nothing consumes events from this bucket
  bucket_prefix = "${local.name}-processed-"
  force_destroy = var.force_destroy
  tags          = local.tags
}

resource "aws_s3_bucket_versioning" "upload" {
  count  = local.creates_upload_bucket ? 1 : 0
  bucket = aws_s3_bucket.upload[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_versioning" "processed" {
  bucket = aws_s3_bucket.processed.id

  versioning_configuration {
    status = "Enabled"
  }
}

# An upload can be the only copy of an image, so current versions never expire. Older ones do if a variable says so.
resource "aws_s3_bucket_lifecycle_configuration" "upload" {
  # checkov:skip=CKV_AWS_300: the first rule does this; checkov misses it next to a dynamic rule
  count  = local.creates_upload_bucket ? 1 : 0
  bucket = aws_s3_bucket.upload[0].id

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = var.replaced_upload_retention_days == null ? [] : [var.replaced_upload_retention_days]

    content {
      id     = "expire-replaced-uploads"
      status = "Enabled"
      filter {}

      noncurrent_version_expiration {
        noncurrent_days = rule.value
      }

      expiration {
        expired_object_delete_marker = true # delete markers without any version left
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.upload]
}

resource "aws_s3_bucket_lifecycle_configuration" "processed" {
  bucket = aws_s3_bucket.processed.id

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # The function can create a variant again from its upload, so replaced versions expire.
  rule {
    id     = "expire-replaced-variants"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.replaced_variant_retention_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.processed]
}

# Browsers upload with PUT, or with POST from a form, and read variants. The exposed headers identify the stored version.
resource "aws_s3_bucket_cors_configuration" "this" {
  for_each = length(var.cors_allowed_origins) == 0 ? {} : local.buckets
  bucket   = each.value.id

  cors_rule {
    allowed_origins = var.cors_allowed_origins
    allowed_methods = { upload = ["PUT", "POST"], processed = ["GET", "HEAD"] }[each.key]
    allowed_headers = ["*"]
    expose_headers  = ["ETag", "x-amz-version-id"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets
  bucket   = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets
  bucket   = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }

    bucket_key_enabled = var.kms_key_arn == null ? null : true # far fewer requests to KMS
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets
  bucket   = each.value.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets
  bucket   = each.value.id
  policy   = data.aws_iam_policy_document.tls_only[each.key].json

  # S3 answers OperationAborted when a bucket's policy and its public access block change at the same time.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
