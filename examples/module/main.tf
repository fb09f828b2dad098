# Three pipelines in one account. To get the module, unpack what `make package` writes next to this file.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.52"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26: alarms contain nothing secret
  name = "image-alarms"
}

# Receives a message with the outcome of each avatar.
resource "aws_sqs_queue" "outcomes" {
  name                    = "avatar-outcomes"
  sqs_managed_sse_enabled = true
}

# Avatars: small pictures, many at once.
module "avatars" {
  source = "./image-pipeline/terraform"

  project_name            = "avatars"
  memory_size             = 512
  alarm_topic_arn         = aws_sns_topic.alarms.arn
  cors_allowed_origins    = ["https://www.example.com"]
  outcome_destination_arn = aws_sqs_queue.outcomes.arn
  tags                    = { Team = "accounts" }
}

# Photos: large pictures, whose old versions expire. There is one pipeline for each environment.
module "photos" {
  source   = "./image-pipeline/terraform"
  for_each = { staging = 2, prod = 14 }

  project_name                   = "photos"
  environment                    = each.key
  memory_size                    = 1769
  timeout                        = 120
  failure_retention_days         = each.value
  replaced_upload_retention_days = 90
  tags                           = { Team = "media" }

  depends_on = [aws_sns_topic.alarms]
}

output "upload_buckets" {
  description = "Names of the buckets that the application uploads to"
  value       = { avatars = module.avatars.upload_bucket_name, staging = module.photos["staging"].upload_bucket_name, prod = module.photos["prod"].upload_bucket_name }
}

output "processed_buckets" {
  description = "Names of the buckets that contain the variants"
  value       = { avatars = module.avatars.processed_bucket_name, staging = module.photos["staging"].processed_bucket_name, prod = module.photos["prod"].processed_bucket_name }
}

output "outcome_queue_url" {
  description = "URL of the queue that receives the outcomes of avatars"
  value       = aws_sqs_queue.outcomes.url
}
