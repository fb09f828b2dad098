# What invokes the function, for which keys, and in which bucket.
mock_provider "aws" {
  source = "./tests/mocks"
}

run "one_filter_for_each_suffix" {
  variables {
    upload_prefix   = "photos/"
    upload_suffixes = [".jpg", ".JPG"]
  }

  assert {
    condition = [for filter in aws_s3_bucket_notification.upload[0].lambda_function : [filter.filter_prefix, filter.filter_suffix]] == [
      ["photos/", ".jpg"], ["photos/", ".JPG"],
    ]
    error_message = "Each filter has the prefix and one suffix."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : statement if statement.sid == "ReadUploads"]).resources == toset(["arn:aws:s3:::bucket/photos/*"])
    error_message = "The role can read only objects with the prefix."
  }

  assert {
    condition     = output.upload_prefix == "photos/" && output.upload_suffixes == tolist([".jpg", ".JPG"]) && endswith(output.upload_command_example, "/photos/")
    error_message = "The outputs name prefix and suffixes."
  }
}

run "a_prefix_alone" {
  variables {
    upload_prefix = "photos/"
  }

  assert {
    condition     = one(aws_s3_bucket_notification.upload[0].lambda_function).filter_prefix == "photos/" && one(aws_s3_bucket_notification.upload[0].lambda_function).filter_suffix == null
    error_message = "There is one filter, without a suffix."
  }
}

run "eventbridge" {
  variables {
    trigger = "eventbridge"
  }

  assert {
    condition     = aws_s3_bucket_notification.upload[0].eventbridge && length(aws_s3_bucket_notification.upload[0].lambda_function) == 0 && length(aws_lambda_permission.upload_bucket) == 0
    error_message = "The bucket sends its events to EventBridge, and doesn't notify the function."
  }

  assert {
    condition = jsondecode(one(aws_cloudwatch_event_rule.uploads).event_pattern) == {
      source = ["aws.s3"], "detail-type" = ["Object Created"], detail = { bucket = { name = [output.upload_bucket_name] } }
    }
    error_message = "The rule is for new objects in the bucket."
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.function).arn == aws_lambda_function.processor.arn && one(one(aws_cloudwatch_event_target.function).dead_letter_config).arn == aws_sqs_queue.failures.arn
    error_message = "The function receives the events, and the failure queue those that can't be delivered."
  }

  assert {
    condition     = one(aws_lambda_permission.upload_rule).principal == "events.amazonaws.com" && one(aws_lambda_permission.upload_rule).source_arn == one(aws_cloudwatch_event_rule.uploads).arn
    error_message = "Only this rule can invoke the function."
  }

  assert {
    condition     = one(one(data.aws_iam_policy_document.failures.statement).principals).identifiers == toset(["events.amazonaws.com"]) && one(one(data.aws_iam_policy_document.failures.statement).condition).values == tolist([one(aws_cloudwatch_event_rule.uploads).arn])
    error_message = "EventBridge can send messages to the failure queue for this rule."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["undelivered"].metric_name == "InvocationsFailedToBeSentToDlq" && aws_cloudwatch_metric_alarm.this["undelivered"].dimensions == tomap({ RuleName = one(aws_cloudwatch_event_rule.uploads).name })
    error_message = "An alarm watches the rule."
  }
}

run "eventbridge_with_a_prefix" {
  variables {
    trigger       = "eventbridge"
    upload_prefix = "photos/"
  }

  assert {
    condition     = jsondecode(one(aws_cloudwatch_event_rule.uploads).event_pattern).detail.object.key == [{ prefix = "photos/" }]
    error_message = "Keys start with the prefix."
  }
}

run "eventbridge_with_suffixes" {
  variables {
    trigger         = "eventbridge"
    upload_suffixes = [".jpg", ".png"]
  }

  assert {
    condition     = jsondecode(one(aws_cloudwatch_event_rule.uploads).event_pattern).detail.object.key == [{ suffix = ".jpg" }, { suffix = ".png" }]
    error_message = "Keys end with one of the suffixes."
  }
}

run "eventbridge_with_the_longest_filters" {
  variables {
    trigger         = "eventbridge"
    upload_prefix   = join("", [for _ in range(128) : "p"])
    upload_suffixes = [for number in range(20) : format("%032d", number)]
  }

  assert {
    condition     = jsondecode(one(aws_cloudwatch_event_rule.uploads).event_pattern).detail.object.key[19] == { wildcard = "${var.upload_prefix}*00000000000000000000000000000019" }
    error_message = "Keys start with the prefix and end with one of the suffixes."
  }

  assert {
    condition     = length(one(aws_cloudwatch_event_rule.uploads).event_pattern) <= 4096
    error_message = "EventBridge accepts patterns of this length."
  }
}

run "an_existing_bucket" {
  variables {
    upload_bucket        = "theirs"
    trigger              = "eventbridge"
    upload_prefix        = "photos/"
    upload_suffixes      = [".jpg"]
    cors_allowed_origins = ["https://www.example.com"]
    batch_operations     = true
  }

  assert {
    condition     = output.upload_bucket_name == "theirs" && output.upload_command_example == "aws s3 cp photo.jpg s3://theirs/photos/"
    error_message = "The outputs contain the bucket."
  }

  assert {
    condition = sum([
      length(aws_s3_bucket.upload), length(aws_s3_bucket_versioning.upload),
      length(aws_s3_bucket_lifecycle_configuration.upload), length(aws_s3_bucket_notification.upload),
    ]) == 0
    error_message = "There is no other upload bucket, and the existing one keeps its settings and notifications."
  }

  assert {
    condition     = alltrue([for settings in [aws_s3_bucket_policy.this, aws_s3_bucket_cors_configuration.this, aws_s3_bucket_ownership_controls.this, aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_public_access_block.this] : keys(settings) == ["processed"]])
    error_message = "Terraform sets up only the processed bucket."
  }

  assert {
    condition     = jsondecode(one(aws_cloudwatch_event_rule.uploads).event_pattern).detail == { bucket = { name = ["theirs"] }, object = { key = [{ wildcard = "photos/*.jpg" }] } }
    error_message = "The rule is for this bucket, and for the keys of uploads."
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.processor.statement : statement.sid => statement.resources if endswith(statement.sid, "Uploads") } == {
      ReadUploads = toset(["arn:aws:s3:::theirs/photos/*"]), DetectDeletedUploads = toset(["arn:aws:s3:::theirs"])
    }
    error_message = "The role can read only objects with the prefix, and only in this bucket."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.batch.statement : statement if statement.sid == "ListUploads"]).resources == toset(["arn:aws:s3:::theirs"])
    error_message = "Batch jobs list this bucket."
  }
}

run "an_existing_bucket_without_a_trigger" {
  variables {
    upload_bucket = "theirs"
    trigger       = "none"
    upload_prefix = "photos/"
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.uploads) + length(aws_lambda_permission.upload_bucket) + length(aws_lambda_permission.upload_rule) + length(aws_s3_bucket_notification.upload) == 0
    error_message = "Nothing invokes the function."
  }

  assert {
    condition     = output.trigger_to_add.function_arn == aws_lambda_function.processor.arn && output.trigger_to_add.prefix == "photos/" && output.trigger_to_add.permission.source_arn == "arn:aws:s3:::theirs" && output.trigger_to_add.permission.source_account == "123456789012"
    error_message = "An output describes what to add."
  }
}

run "no_trigger" {
  variables {
    trigger = "none"
  }

  assert {
    condition     = length(aws_s3_bucket.upload) == 1 && length(aws_s3_bucket_notification.upload) == 0 && output.trigger_to_add.permission.source_arn == aws_s3_bucket.upload[0].arn
    error_message = "A trigger can be added to the bucket that Terraform creates, too."
  }
}

run "wrong_values" {
  command = plan

  variables {
    trigger         = "sqs"
    upload_prefix   = "/photos/"
    upload_suffixes = ["*.jpg"]
  }

  expect_failures = [var.trigger, var.upload_prefix, var.upload_suffixes]
}

run "an_arn_of_a_bucket" {
  command = plan

  variables {
    upload_bucket = "arn:aws:s3:::theirs"
    trigger       = "eventbridge"
  }

  expect_failures = [var.upload_bucket]
}

run "refused_with_an_existing_bucket" {
  command = plan

  variables {
    upload_bucket                  = "theirs"
    replaced_upload_retention_days = 90
  }

  expect_failures = [var.trigger, var.replaced_upload_retention_days]
}

run "the_processed_bucket_as_upload_bucket" {
  command = plan

  variables {
    upload_bucket = "image-processor-dev-processed-202611251600075363e9bf45f0"
    trigger       = "eventbridge"
  }

  expect_failures = [var.upload_bucket]
}

run "the_processed_bucket_of_another_deployment" {
  command = plan

  variables {
    upload_bucket = "avatars-prod-processed-202611251600075363e9bf45f1"
    trigger       = "none"
  }

  expect_failures = [var.upload_bucket]
}

run "an_access_point" {
  command = plan

  variables {
    upload_bucket = "photos-1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6duse1a-s3alias"
    trigger       = "eventbridge"
  }

  expect_failures = [var.upload_bucket]
}

run "overlapping_suffixes" {
  command = plan

  variables {
    upload_suffixes = [".jpg", ".png", "photo.jpg"]
  }

  expect_failures = [var.upload_suffixes]
}

run "equal_suffixes" {
  command = plan

  variables {
    upload_suffixes = [".jpg", ".jpg"]
  }

  expect_failures = [var.upload_suffixes]
}

run "special_characters" {
  command = plan

  variables {
    upload_prefix   = "pho?os/"
    upload_suffixes = ["${"$"}{aws:username}.jpg"]
  }

  expect_failures = [var.upload_prefix, var.upload_suffixes]
}

run "too_long" {
  command = plan

  variables {
    upload_prefix   = join("", [for _ in range(129) : "p"])
    upload_suffixes = [for number in range(21) : format("%032d", number)]
  }

  expect_failures = [var.upload_prefix, var.upload_suffixes]
}

run "an_empty_suffix" {
  command = plan

  variables {
    upload_suffixes = [""]
  }

  expect_failures = [var.upload_suffixes]
}
