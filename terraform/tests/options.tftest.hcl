# All optional parts together.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment                    = "prod"
  architecture                   = "arm64"
  max_concurrency                = 50
  log_retention_days             = 365
  replaced_upload_retention_days = 90
  alarm_topic_arn                = "arn:aws:sns:eu-central-1:123456789012:alarms"
  kms_key_arn                    = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  vpc                            = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
  permissions_boundary_arn       = "arn:aws:iam::123456789012:policy/boundary"
  role_path                      = "/service/images/"
  batch_operations               = true
  cors_allowed_origins           = ["https://www.example.com", "http://localhost:8000"]
  delete_variants_with_upload    = true
  cache_control                  = ""
  variant_tags                   = { Team = "media", "Cost center" = "4711 + 12" }
  outcome_destination_arn        = "arn:aws:sns:eu-central-1:123456789012:outcomes"
  tags                           = { Team = "media", ManagedBy = "platform" }
}

run "options" {
  override_data {
    target = data.aws_region.current
    values = { region = "eu-central-1" }
  }

  assert {
    condition     = aws_lambda_function.processor.architectures == tolist(["arm64"]) && endswith(aws_lambda_layer_version.pillow.filename, "/pillow_layer_arm64.zip")
    error_message = "Function and layer are for the same architecture."
  }

  assert {
    condition     = aws_cloudwatch_dashboard.processor.dashboard_name == "image-processor-prod-eu-central-1" && strcontains(output.dashboard_url, "region=eu-central-1#dashboards:name=image-processor-prod-eu-central-1")
    error_message = "The name of the dashboard contains the region."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([var.alarm_topic_arn]) && alarm.ok_actions == toset([var.alarm_topic_arn])])
    error_message = "Every alarm notifies the topic when it starts and when it ends."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_server_side_encryption_configuration.this : one(one(bucket.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn && one(bucket.rule).bucket_key_enabled])
    error_message = "The key encrypts both buckets, with bucket keys."
  }

  assert {
    condition     = aws_sqs_queue.failures.kms_master_key_id == var.kms_key_arn
    error_message = "The key encrypts the queue."
  }

  assert {
    condition     = aws_cloudwatch_log_group.processor.kms_key_id == var.kms_key_arn && aws_cloudwatch_log_group.processor.retention_in_days == 365
    error_message = "The key encrypts the log, which is kept for a year."
  }

  assert {
    condition     = aws_lambda_function.processor.kms_key_arn == var.kms_key_arn
    error_message = "The key encrypts the function's environment."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : statement if statement.sid == "UseKey"]).resources == toset([var.kms_key_arn])
    error_message = "The role can use this key, and no other."
  }

  assert {
    condition     = one(aws_lambda_function.processor.vpc_config).subnet_ids == toset(["subnet-1", "subnet-2"]) && one(aws_lambda_function.processor.vpc_config).security_group_ids == toset(["sg-1"])
    error_message = "The function runs in the VPC."
  }

  assert {
    condition = alltrue([for sid in ["ManageNetworkInterfaces", "DenyNetworkInterfacesToCode"] :
    contains(one([for statement in data.aws_iam_policy_document.processor.statement : statement if statement.sid == sid]).actions, "ec2:CreateNetworkInterface")])
    error_message = "Lambda can create network interfaces, and the function's code can't."
  }

  assert {
    condition     = one(flatten([for statement in data.aws_iam_policy_document.processor.statement : [for condition in statement.condition : condition.values]])) == "arn:aws:lambda:eu-central-1:123456789012:function:image-processor-prod"
    error_message = "The denial is for the code of this function."
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.processor, one(aws_iam_role.batch)] : role.permissions_boundary == var.permissions_boundary_arn && role.path == "/service/images/"])
    error_message = "Both roles have the boundary and the path."
  }

  assert {
    condition     = aws_iam_role.processor.tags == tomap({ Project = "image-processor", Environment = "prod", ManagedBy = "platform", Team = "media" })
    error_message = "The tags are added to the default ones, or replace them."
  }

  assert {
    condition     = one(one([for rule in aws_s3_bucket_lifecycle_configuration.upload[0].rule : rule if rule.id == "expire-replaced-uploads"]).noncurrent_version_expiration).noncurrent_days == 90
    error_message = "Replaced uploads expire after 90 days."
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.this["upload"].cors_rule).allowed_methods == toset(["PUT", "POST"]) && one(aws_s3_bucket_cors_configuration.this["processed"].cors_rule).allowed_methods == toset(["GET", "HEAD"])
    error_message = "Web pages can upload to one bucket, and read from the other."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_cors_configuration.this : one(bucket.cors_rule).allowed_origins == toset(var.cors_allowed_origins)])
    error_message = "Only pages from these origins can."
  }

  assert {
    condition     = one(one(aws_lambda_function_event_invoke_config.processor.destination_config).on_success).destination == var.outcome_destination_arn
    error_message = "Outcomes are sent to the topic."
  }

  assert {
    condition     = one(one(aws_lambda_function_event_invoke_config.processor.destination_config).on_failure).destination == aws_sqs_queue.failures.arn
    error_message = "Failures are still sent to the failure queue."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : [statement.actions, statement.resources] if statement.sid == "ReportOutcomes"]) == [toset(["sns:Publish"]), toset([var.outcome_destination_arn])]
    error_message = "The role can publish to this topic, and to no other."
  }

  assert {
    condition     = one(aws_lambda_function.processor.environment).variables.VARIANT_TAGS == "Cost%20center=4711%20%2B%2012&Team=media" && one(aws_lambda_function.processor.environment).variables.CACHE_CONTROL == ""
    error_message = "Variants have tags, and no Cache-Control."
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : [statement.actions, statement.resources] if statement.sid == "TagVariants"]) == [toset(["s3:PutObjectTagging"]), toset(["${aws_s3_bucket.processed.arn}/*"])]
    error_message = "The role can tag variants."
  }

  assert {
    condition     = one(one(aws_s3_bucket_notification.upload).lambda_function).events == toset(["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]) && one(aws_lambda_function.processor.environment).variables.DELETE_VARIANTS_WITH_UPLOAD == "true"
    error_message = "S3 notifies the function of removals."
  }

  assert {
    condition     = [for statement in data.aws_iam_policy_document.processor.statement : [statement.actions, statement.resources] if contains(["DeleteVariants", "FindVariantsToDelete"], statement.sid)] == [[toset(["s3:DeleteObjectVersion", "s3:GetObjectVersion"]), toset(["${aws_s3_bucket.processed.arn}/*"])], [toset(["s3:ListBucketVersions"]), toset([aws_s3_bucket.processed.arn])]]
    error_message = "The role can find and delete variants."
  }

  assert {
    condition     = aws_lambda_function.processor.reserved_concurrent_executions == 50
    error_message = "The function reserves 50 concurrent executions."
  }
}
