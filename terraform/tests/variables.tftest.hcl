# Terraform refuses values that AWS would refuse, before it creates anything. It accepts the values at the limits.
mock_provider "aws" {
  source = "./tests/mocks"
}

run "below_the_limits" {
  command = plan

  variables {
    project_name                    = "p"
    environment                     = ""
    aws_region                      = "us-east"
    memory_size                     = 127
    timeout                         = 0
    max_concurrency                 = 0
    log_retention_days              = 2
    retry_attempts                  = -1
    event_age_seconds               = 59
    failure_retention_days          = 0
    replaced_variant_retention_days = 0
    rejection_alarm_percent         = -1
    vpc                             = { subnet_ids = [], security_group_ids = ["sg-1"] }
    role_path                       = ""
    tags                            = { "" = "" }
  }

  expect_failures = [
    var.project_name, var.environment, var.aws_region, var.memory_size, var.timeout, var.max_concurrency,
    var.log_retention_days, var.retry_attempts, var.event_age_seconds, var.failure_retention_days,
    var.replaced_variant_retention_days,
    var.rejection_alarm_percent, var.vpc, var.role_path, var.tags,
  ]
}

run "above_the_limits" {
  command = plan

  variables {
    project_name            = "sixteen-letters-"
    environment             = "eleven-char"
    memory_size             = 10241
    timeout                 = 901
    max_concurrency         = -2
    log_retention_days      = 3654
    retry_attempts          = 3
    event_age_seconds       = 21601
    failure_retention_days  = 15
    rejection_alarm_percent = 101
    role_path               = "/${join("", [for _ in range(256) : "ab"])}/"
    tags                    = { Team = join("", [for _ in range(257) : "a"]) }
  }

  expect_failures = [
    var.project_name, var.environment, var.memory_size, var.timeout, var.max_concurrency, var.log_retention_days,
    var.retry_attempts, var.event_age_seconds, var.failure_retention_days, var.rejection_alarm_percent,
    var.role_path, var.tags,
  ]
}

run "wrong_formats" {
  command = plan

  variables {
    project_name                    = "photos-"
    environment                     = "Prod"
    architecture                    = "arm"
    memory_size                     = 1024.5
    timeout                         = 1.5
    max_concurrency                 = 1.5
    log_level                       = "WARNING"
    event_age_seconds               = 60.5
    failure_retention_days          = 1.5
    replaced_variant_retention_days = 1.5
    alarm_topic_arn                 = "arn:aws:sqs:us-east-1:123456789012:alarms"
    cors_allowed_origins            = ["https://www.example.com/page"]
    cache_control                   = "public\nSet-Cookie: a=b"
    variant_tags                    = { "aws:team" = "media" }
    kms_key_arn                     = "arn:aws:kms:us-east-1:123456789012:alias/photos"
    vpc                             = { subnet_ids = ["subnet-1"], security_group_ids = [] }
    permissions_boundary_arn        = "arn:aws:iam::123456789012:role/boundary"
    role_path                       = "/service"
    tags                            = { "aws:team" = "media" }
  }

  expect_failures = [
    var.project_name, var.environment, var.architecture, var.memory_size, var.timeout, var.max_concurrency,
    var.log_level, var.event_age_seconds, var.failure_retention_days, var.replaced_variant_retention_days,
    var.alarm_topic_arn, var.cors_allowed_origins, var.cache_control, var.variant_tags, var.kms_key_arn, var.vpc,
    var.permissions_boundary_arn,
    var.role_path, var.tags,
  ]
}

run "values_that_contradict_others" {
  command = plan

  variables {
    alarm_topic_arn                = "arn:aws:sns:eu-central-1:123456789012:alarms"
    kms_key_arn                    = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    failure_retention_days         = 10
    replaced_upload_retention_days = 10
  }

  expect_failures = [var.alarm_topic_arn, var.kms_key_arn, var.replaced_upload_retention_days]
}

run "the_lowest_values" {
  command = plan

  variables {
    project_name                    = "p1"
    environment                     = "1"
    memory_size                     = 128
    timeout                         = 1
    max_concurrency                 = 1
    log_retention_days              = 0
    log_level                       = "DEBUG"
    retry_attempts                  = 0
    event_age_seconds               = 60
    failure_retention_days          = 1
    replaced_variant_retention_days = 1
    replaced_upload_retention_days  = 2
    rejection_alarm_percent         = 0
  }
}

run "the_highest_values" {
  command = plan

  variables {
    project_name            = "fifteen-letters"
    environment             = "ten-chars0"
    aws_region              = "us-gov-west-1"
    memory_size             = 10240
    timeout                 = 900
    log_retention_days      = 3653
    log_level               = "FATAL"
    event_age_seconds       = 21600
    failure_retention_days  = 14
    rejection_alarm_percent = 100
    cors_allowed_origins    = ["*", "https://*.example.com", "http://localhost:8000"]
    role_path               = "/${join("", [for _ in range(255) : "ab"])}/"
    tags                    = { "Kosten stelle:größe" = join("", [for _ in range(256) : "a"]) }
  }
}
