resource "aws_cloudwatch_log_group" "processor" {
  # checkov:skip=CKV_AWS_338: how long to keep the log, and pay for it, is a variable
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

  # The timeout in seconds, rounded up to whole minutes. A metric has the time at which its invocation started: with a
  # shorter period, it would arrive after the alarm is evaluated.
  invocation_period = 60 * ceil(var.timeout / 60)

  # What differs between the alarms. Each has a section in docs/operations.md, which says what to do. An alarm with a
  # `trigger` exists only with that trigger.
  alarms = {
    # Uploads are in the failure queue. Reading the queue hides messages for a while, so hidden ones count too.
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

    # Lambda couldn't send a failure to the failure queue, so no message names the upload. The metric also counts outcomes
    # that Lambda couldn't send to their destination.
    lost = {
      description = "Failures or outcomes couldn't be delivered"
      namespace   = "AWS/Lambda"
      metric      = "DestinationDeliveryFailures"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 60
    }

    # Lambda gave up on events, after the last attempt or because of their age. Usually, they are in the failure queue.
    dropped = {
      description = "Lambda dropped events"
      namespace   = "AWS/Lambda"
      metric      = "AsyncEventsDropped"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 60
    }

    # EventBridge could deliver an event neither to the function nor to the failure queue, so no message names the upload.
    undelivered = {
      trigger     = "eventbridge"
      description = "EventBridge couldn't deliver events"
      namespace   = "AWS/Events"
      metric      = "InvocationsFailedToBeSentToDlq"
      dimensions  = local.of_rule
      statistic   = "Sum"
      period      = 60
    }

    # Invocations fail minute after minute, while Lambda still retries. A single error needs no action.
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

    # Uploads arrive faster than the concurrency limit allows. Their events wait for hours, so nothing is lost yet.
    throttles = {
      description = "Invocations are throttled"
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 300
    }

    # An invocation took more than 80% of the timeout, so a slightly larger image would time out.
    duration = {
      description = "Invocations come close to the timeout"
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = local.of_function
      statistic   = "Maximum"
      period      = max(300, local.invocation_period)
      threshold   = var.timeout * 800 # milliseconds
    }

    # Many of an hour's uploads are rejected, for example because an application sends truncated files.
    rejections = {
      description = "Many uploads are rejected"
      namespace   = local.metrics_namespace
      metrics     = { rejected = "Rejected", processed = "Processed" }
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 3600
      expression  = "IF(rejected + processed >= 10, 100 * rejected / (rejected + processed), 0)"
      label       = "Rejected uploads (%), for at least ten uploads"
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

  # These are for an alarm on one metric. An alarm on an expression has queries instead.
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

resource "aws_cloudwatch_dashboard" "processor" {
  dashboard_name = "${local.name}-${local.region}" # dashboards are global, so another region can have the same name

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
