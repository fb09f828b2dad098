# What invokes the function for each upload: a notification of the bucket, or an EventBridge rule. With trigger = "none",
# the owner of the bucket adds what the output `trigger_to_add` describes.

locals {
  notifies = var.trigger == "notification"
  bridges  = var.trigger == "eventbridge"

  # For EventBridge, removals and expirations are the same type.
  events       = concat(["s3:ObjectCreated:*"], var.delete_variants_with_upload ? ["s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"] : [])
  detail_types = concat(["Object Created"], var.delete_variants_with_upload ? ["Object Deleted"] : [])

  # An EventBridge pattern can't combine a prefix and a suffix of one field, so this uses a wildcard.
  key_patterns = concat(
    [for suffix in var.upload_suffixes : var.upload_prefix == "" ? { suffix = suffix } : { wildcard = "${var.upload_prefix}*${suffix}" }],
    [for prefix in [var.upload_prefix] : { prefix = prefix } if prefix != "" && length(var.upload_suffixes) == 0],
  )
}

resource "aws_lambda_permission" "upload_bucket" {
  count = local.notifies ? 1 : 0

  statement_id   = "AllowUploadBucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.processor.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = local.upload_bucket_arn
  source_account = local.account_id # if the bucket is deleted, another account can take its name
}

# This resource replaces all notifications of a bucket, so it's only for the bucket that this configuration creates.
resource "aws_s3_bucket_notification" "upload" {
  count  = local.creates_upload_bucket && var.trigger != "none" ? 1 : 0
  bucket = aws_s3_bucket.upload[0].id

  eventbridge = local.bridges

  # A filter has one suffix at most.
  dynamic "lambda_function" {
    for_each = local.notifies ? coalescelist(var.upload_suffixes, [null]) : []

    content {
      lambda_function_arn = aws_lambda_function.processor.arn
      events              = local.events
      filter_prefix       = var.upload_prefix == "" ? null : var.upload_prefix
      filter_suffix       = lambda_function.value
    }
  }

  # Created last, so that from the first event on, every upload has a version, and every failure reaches the queue.
  depends_on = [
    aws_lambda_permission.upload_bucket,
    aws_lambda_function_event_invoke_config.processor,
    aws_s3_bucket_versioning.upload,
    aws_cloudwatch_event_target.function,
  ]
}

resource "aws_cloudwatch_event_rule" "uploads" {
  count = local.bridges ? 1 : 0

  name        = "${local.name}-uploads"
  description = "Uploads to ${local.upload_bucket_name} for the function ${local.name}"
  tags        = local.tags

  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = local.detail_types
    detail = merge(
      { bucket = { name = [local.upload_bucket_name] } },
      length(local.key_patterns) == 0 ? {} : { object = { key = local.key_patterns } },
    )
  })
}

resource "aws_lambda_permission" "upload_rule" {
  count = local.bridges ? 1 : 0

  statement_id  = "AllowUploadRule"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.processor.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.uploads[0].arn
}

# EventBridge retries for a day. An event that it still can't deliver goes to the failure queue.
resource "aws_cloudwatch_event_target" "function" {
  count = local.bridges ? 1 : 0

  rule      = aws_cloudwatch_event_rule.uploads[0].name
  target_id = "function"
  arn       = aws_lambda_function.processor.arn

  dead_letter_config {
    arn = aws_sqs_queue.failures.arn
  }

  depends_on = [
    aws_lambda_permission.upload_rule,
    aws_lambda_function_event_invoke_config.processor,
    aws_sqs_queue_policy.failures,
  ]
}
