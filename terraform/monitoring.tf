resource "aws_cloudwatch_log_group" "processor" {
  # checkov:skip=CKV_AWS_338: log_retention_days decides how much log to pay for
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = local.tags
}

locals {
  alarm_actions     = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
  metrics_namespace = "ImageProcessor" # as in lambda/telemetry.py
  of_function       = { FunctionName = aws_lambda_function.processor.function_name }
  of_queue          = { QueueName = aws_sqs_queue.failures.name }
  of_rule           = { RuleName = one(aws_cloudwatch_event_rule.uploads[*].name) }

  # The timeout in seconds, rounded up to whole minutes. Lambda dates its metrics to the start of an invocation: with a
  # shorter period, they would arrive after the alarm is evaluated.
  invocation_period = 60 * ceil(var.timeout / 60)

  # The differences between alarms. Each has a section in docs/operations.md.
  alarms = {
    # Uploads failed for good. Read why (`make redrive ARGS=--dry-run`), fix the cause, and run `make redrive`.
    # A reader hides messages for a while, so hidden ones count, too.
    failures = {
      description = "Uploads failed"
      namespace   = "AWS/SQS"
      metrics     = { visible = "ApproximateNumberOfMessagesVisible", hidden = "ApproximateNumberOfMessagesNotVisible" }
      dimensions  = local.of_queue
      statistic   = "Maximum"
      period      = 60
      expression  = "visible + hidden"
      label       = "Messages in the failure queue"
    }

    # Lambda could not deliver a failure to the failure queue, because of the queue's policy or the role's. No message
    # names these uploads: `make backfill` finds them by their missing outcome, and processes them. The metric doesn't
    # distinguish this from an outcome that could not be delivered to its destination.
    lost = {
      description = "Failures or outcomes could not be delivered to their destination"
      namespace   = "AWS/Lambda"
      metric      = "DestinationDeliveryFailures"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 60
    }

    # Lambda gave up on events, after the last attempt or because of their age. It sends them to the failure queue first.
    # If nothing arrives there, no message names these uploads: `make backfill` finds them.
    dropped = {
      description = "Lambda dropped events"
      namespace   = "AWS/Lambda"
      metric      = "AsyncEventsDropped"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 60
    }

    # EventBridge could deliver an event neither to the function nor to the failure queue. No message names these uploads:
    # `make backfill` finds them.
    undelivered = {
      trigger     = "eventbridge"
      description = "EventBridge could not deliver events"
      namespace   = "AWS/Events"
      metric      = "InvocationsFailedToBeSentToDlq"
      dimensions  = local.of_rule
      statistic   = "Sum"
      period      = 60
    }

    # Invocations fail minute after minute: the cause persists, while Lambda still retries. Single errors need no
    # action. Read the errors (`make logs`). Events that run out of retries go to the failure queue.
    errors = {
      description         = "Invocations keep failing"
      namespace           = "AWS/Lambda"
      metric              = "Errors"
      dimensions          = local.of_function
      statistic           = "Sum"
      period              = local.invocation_period
      evaluation_periods  = 5
      datapoints_to_alarm = 3
    }

    # Uploads arrive faster than the concurrency limit allows. Events wait for hours, so nothing is lost yet: raise
    # max_concurrency or the account's quota, or wait until the peak is over.
    throttles = {
      description = "Invocations are throttled"
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 300
    }

    # An invocation took more than 80% of the timeout: a slightly larger image times out. Raise memory_size, which also
    # raises the share of a processor, or timeout.
    duration = {
      description = "Invocations come close to the timeout"
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = local.of_function
      statistic   = "Maximum"
      period      = max(300, local.invocation_period)
      threshold   = var.timeout * 800 # milliseconds
    }

    # More of an hour's uploads than usual are rejected: an application sends files that aren't images, or truncated
    # ones. `make status ARGS=--missing` says which ones, and why.
    rejections = {
      description = "Many uploads are rejected"
      namespace   = local.metrics_namespace
      metrics     = { rejected = "Rejected", processed = "Processed" }
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 3600
      expression  = "IF(rejected + processed >= 10, 100 * rejected / (rejected + processed), 0)"
      label       = "Rejected uploads (%), if there are at least ten uploads"
      threshold   = var.rejection_alarm_percent
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = { for name, alarm in local.alarms : name => alarm if try(alarm.trigger, var.trigger) == var.trigger }

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.description}: see docs/operations.md#${each.key}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = try(each.value.threshold, 0)
  evaluation_periods  = try(each.value.evaluation_periods, 1)
  datapoints_to_alarm = try(each.value.datapoints_to_alarm, null)
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  tags                = local.tags

  # One metric, or an expression over several.
  namespace   = can(each.value.expression) ? null : each.value.namespace
  metric_name = try(each.value.metric, null)
  dimensions  = can(each.value.expression) ? null : each.value.dimensions
  statistic   = can(each.value.expression) ? null : each.value.statistic
  period      = can(each.value.expression) ? null : each.value.period

  dynamic "metric_query" {
    for_each = can(each.value.expression) ? [each.value] : []

    content {
      id          = "total"
      label       = metric_query.value.label
      expression  = metric_query.value.expression
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = try(each.value.metrics, {})

    content {
      id = metric_query.key

      metric {
        namespace   = each.value.namespace
        metric_name = metric_query.value
        dimensions  = each.value.dimensions
        stat        = each.value.statistic
        period      = each.value.period
      }
    }
  }
}

moved {
  from = aws_cloudwatch_metric_alarm.failures
  to   = aws_cloudwatch_metric_alarm.this["failures"]
}

moved {
  from = aws_cloudwatch_metric_alarm.lost
  to   = aws_cloudwatch_metric_alarm.this["lost"]
}

moved {
  from = aws_cloudwatch_metric_alarm.errors
  to   = aws_cloudwatch_metric_alarm.this["errors"]
}

moved {
  from = aws_cloudwatch_metric_alarm.throttles
  to   = aws_cloudwatch_metric_alarm.this["throttles"]
}

moved {
  from = aws_cloudwatch_metric_alarm.duration
  to   = aws_cloudwatch_metric_alarm.this["duration"]
}

moved {
  from = aws_cloudwatch_metric_alarm.rejections
  to   = aws_cloudwatch_metric_alarm.this["rejections"]
}

resource "aws_cloudwatch_dashboard" "processor" {
  dashboard_name = "${local.name}-${local.region}" # dashboards are global: another region may have the same name

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
          region  = local.region
          view    = "timeSeries"
          stat    = widget.stat
          period  = 300
          metrics = [for metric in widget.metrics : concat(metric, flatten([for name, value in widget.dimensions : [name, value]]))]
        }
      }
    ]
  })
}

locals {
  widgets = [
    {
      title      = "Uploads by outcome"
      stat       = "Sum"
      metrics    = [for name in ["Processed", "Rejected", "Failed"] : [local.metrics_namespace, name]]
      dimensions = local.of_function
    },
    {
      title      = "Messages in the failure queue"
      stat       = "Maximum"
      metrics    = [for name in ["Visible", "NotVisible"] : ["AWS/SQS", "ApproximateNumberOfMessages${name}"]]
      dimensions = local.of_queue
    },
    {
      title      = "Invocations, errors, throttles"
      stat       = "Sum"
      metrics    = [for name in ["Invocations", "Errors", "Throttles"] : ["AWS/Lambda", name]]
      dimensions = local.of_function
    },
    {
      title      = "Duration, p99 (ms)"
      stat       = "p99"
      metrics    = [["AWS/Lambda", "Duration"]]
      dimensions = local.of_function
    },
    {
      title      = "Concurrency and event age (ms)"
      stat       = "Maximum"
      metrics    = [for name in ["ConcurrentExecutions", "AsyncEventAge"] : ["AWS/Lambda", name]]
      dimensions = local.of_function
    },
    {
      title      = "Bytes saved by the smallest variant"
      stat       = "Sum"
      metrics    = [[local.metrics_namespace, "BytesSaved"]]
      dimensions = local.of_function
    },
  ]
}
