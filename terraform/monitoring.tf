resource "aws_cloudwatch_log_group" "processor" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
}

locals {
  alarm_actions     = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
  metrics_namespace = "ImageProcessor" # as in lambda/telemetry.py
  runbook           = "docs/operations.md"

  # Whole minutes that an invocation may take, in seconds. Lambda dates its metrics at the beginning of an invocation: in
  # shorter periods they would come when an alarm does not look there any more.
  invocation_period = 60 * ceil(var.timeout / 60)
}

# Rings when an upload has failed for good. Read why (`make redrive ARGS=--dry-run`), mend that, `make redrive`.
resource "aws_cloudwatch_metric_alarm" "failures" {
  alarm_name          = "${local.name}-failures"
  alarm_description   = "Uploads have failed: see ${local.runbook}#failures"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.failures.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

# Rings when not even the failure queue could be told of a failure: its policy, or the role's, does not let Lambda.
# Nothing names these uploads but their absence: `make backfill` finds and processes them.
resource "aws_cloudwatch_metric_alarm" "lost" {
  alarm_name          = "${local.name}-lost"
  alarm_description   = "Failures could not be delivered to the failure queue: see ${local.runbook}#lost"
  namespace           = "AWS/Lambda"
  metric_name         = "DestinationDeliveryFailures"
  dimensions          = { FunctionName = aws_lambda_function.processor.function_name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

# Rings when invocations fail minute after minute: a lasting cause, while Lambda still retries. Single errors mend
# themselves. Read the errors (`make logs`); what fails for good arrives in the failure queue.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${local.name}-errors"
  alarm_description   = "Invocations keep failing: see ${local.runbook}#errors"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.processor.function_name }
  statistic           = "Sum"
  period              = local.invocation_period
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

# Rings when more is uploaded than may run at once. Events wait for hours, so nothing is lost yet: raise max_concurrency
# or the account's quota, or let the peak pass.
resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name          = "${local.name}-throttles"
  alarm_description   = "Invocations are throttled: see ${local.runbook}#throttles"
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = aws_lambda_function.processor.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

# Rings when an invocation took more than four fifths of what it may: the next larger picture runs out of time.
# Raise memory_size, with which the processor's share grows, or timeout.
resource "aws_cloudwatch_metric_alarm" "duration" {
  alarm_name          = "${local.name}-duration"
  alarm_description   = "Invocations come near the timeout: see ${local.runbook}#duration"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = aws_lambda_function.processor.function_name }
  statistic           = "Maximum"
  period              = max(300, local.invocation_period)
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.timeout * 800 # milliseconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

# Rings when an hour's uploads are rejected more often than is usual: an application sends something else than images,
# or sends them cut short. `make status ARGS=--missing` says which, and why.
resource "aws_cloudwatch_metric_alarm" "rejections" {
  alarm_name          = "${local.name}-rejections"
  alarm_description   = "Many uploads are rejected: see ${local.runbook}#rejections"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.rejection_alarm_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  metric_query {
    id          = "percent"
    label       = "Rejected uploads in percent, of ten at least"
    expression  = "IF(rejected + processed >= 10, 100 * rejected / (rejected + processed), 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { rejected = "Rejected", processed = "Processed" }

    content {
      id = metric_query.key

      metric {
        namespace   = local.metrics_namespace
        metric_name = metric_query.value
        dimensions  = { FunctionName = aws_lambda_function.processor.function_name }
        stat        = "Sum"
        period      = 3600
      }
    }
  }
}

resource "aws_cloudwatch_dashboard" "processor" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = [
      for position, widget in local.widgets : {
        type   = "metric"
        x      = 8 * (position % 3)
        y      = 6 * floor(position / 3)
        width  = 8
        height = 6
        properties = {
          title   = widget.title
          region  = var.aws_region
          view    = "timeSeries"
          stat    = widget.stat
          period  = 300
          metrics = [for metric in widget.metrics : concat(metric, widget.of)]
        }
      }
    ]
  })
}

locals {
  of_function = ["FunctionName", aws_lambda_function.processor.function_name]
  of_queue    = ["QueueName", aws_sqs_queue.failures.name]

  widgets = [
    {
      title   = "Uploads by outcome"
      stat    = "Sum"
      metrics = [for name in ["Processed", "Rejected", "Failed"] : [local.metrics_namespace, name]]
      of      = local.of_function
    },
    {
      title   = "Messages in the failure queue"
      stat    = "Maximum"
      metrics = [["AWS/SQS", "ApproximateNumberOfMessagesVisible"]]
      of      = local.of_queue
    },
    {
      title   = "Invocations, errors, throttles"
      stat    = "Sum"
      metrics = [for name in ["Invocations", "Errors", "Throttles"] : ["AWS/Lambda", name]]
      of      = local.of_function
    },
    {
      title   = "Duration, 99 of 100, in ms"
      stat    = "p99"
      metrics = [["AWS/Lambda", "Duration"]]
      of      = local.of_function
    },
    {
      title   = "At once, and waiting since, in ms"
      stat    = "Maximum"
      metrics = [for name in ["ConcurrentExecutions", "AsyncEventAge"] : ["AWS/Lambda", name]]
      of      = local.of_function
    },
    {
      title   = "Bytes that the smallest variant saves"
      stat    = "Sum"
      metrics = [[local.metrics_namespace, "BytesSaved"]]
      of      = local.of_function
    },
  ]
}
