# Receives the events that still fail after Lambda's retries, with the error.
resource "aws_sqs_queue" "failures" {
  name                       = "${local.name}-failures"
  message_retention_seconds  = var.failure_retention_days * 86400
  visibility_timeout_seconds = 300 # for readers that set none; `pipeline redrive` sets its own
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  tags                       = local.tags
}

data "aws_iam_policy_document" "failures" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only["failures"].json]

  dynamic "statement" {
    for_each = aws_cloudwatch_event_rule.uploads[*].arn

    content {
      sid       = "ReportUndeliveredEvents"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.failures.arn]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [statement.value]
      }
    }
  }
}

# Terraform replaces a policy that someone wrote by hand.
resource "aws_sqs_queue_policy" "failures" {
  queue_url = aws_sqs_queue.failures.url
  policy    = data.aws_iam_policy_document.failures.json
}

resource "aws_lambda_function_event_invoke_config" "processor" {
  function_name                = aws_lambda_function.processor.function_name
  maximum_retry_attempts       = var.retry_attempts
  maximum_event_age_in_seconds = var.event_age_seconds

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failures.arn
    }

    dynamic "on_success" {
      for_each = var.outcome_destination_arn == null ? [] : [var.outcome_destination_arn]

      content {
        destination = on_success.value
      }
    }
  }

  # Lambda refuses a destination if the role can't send to it.
  depends_on = [aws_iam_role_policy.processor]
}
