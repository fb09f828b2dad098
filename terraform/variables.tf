variable "project_name" {
  description = "First part of every resource name"
  type        = string
  default     = "image-processor"
  nullable    = false

  validation { # a bucket_prefix, which has environment and "-processed-" in it too, can have 37 characters
    condition     = can(regex("^[a-z][a-z0-9-]{0,13}[a-z0-9]$", var.project_name))
    error_message = "project_name becomes part of bucket names: use 2 to 15 lowercase letters, digits, and hyphens. Start with a letter, and don't end with a hyphen."
  }
}

variable "environment" {
  description = "Second part of every resource name, such as dev or prod"
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$", var.environment))
    error_message = "environment becomes part of bucket names: use 1 to 10 lowercase letters, digits, and hyphens. Don't start or end with a hyphen."
  }
}

variable "upload_bucket" {
  description = "Name of an existing bucket in the same account and region to use for uploads. Its settings and notifications don't change: see docs/terraform.md. By default, Terraform creates an upload bucket."
  type        = string
  default     = null

  validation {
    condition     = var.upload_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.upload_bucket)) && !can(regex("-s3alias$", var.upload_bucket))
    error_message = "upload_bucket must be the name of a bucket, not an ARN or an access point alias."
  }

  validation { # such a name is what Terraform generates from the bucket_prefix of a processed bucket, in any deployment
    condition     = var.upload_bucket == null || !can(regex("-processed-[0-9a-f]{26}$", var.upload_bucket))
    error_message = "upload_bucket can't be the processed bucket of a deployment: its variants would be processed as uploads, and so would their variants."
  }
}

variable "upload_prefix" {
  description = "Prefix that the keys of uploads start with, such as photos/. The function doesn't process other objects, and can't read them. By default, every object is an upload."
  type        = string
  default     = ""
  nullable    = false

  validation { # other characters need encoding in S3's filters, or have a meaning in IAM and EventBridge
    condition     = can(regex("^([A-Za-z0-9!_.'()-][A-Za-z0-9!_.'()/-]{0,127})?$", var.upload_prefix))
    error_message = "upload_prefix can have up to 128 letters, digits, and the characters ! - _ . ' ( ) and /. It can't start with a slash."
  }
}

variable "upload_suffixes" {
  description = "Suffixes that the keys of uploads end with, such as .jpg and .JPG. The function doesn't process other objects. By default, keys can end with anything."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.upload_suffixes) <= 20 && alltrue([for suffix in var.upload_suffixes : can(regex("^[A-Za-z0-9!_.'()/-]{1,32}$", suffix))])
    error_message = "upload_suffixes can have up to 20 suffixes, each with 1 to 32 letters, digits, and the characters ! - _ . ' ( ) and /."
  }

  validation { # S3 refuses two filters that match the same key
    condition     = alltrue(flatten([for i, one in var.upload_suffixes : [for j, other in var.upload_suffixes : i == j || !endswith(one, other)]]))
    error_message = "upload_suffixes overlap: one of them ends with another. Keep only the shorter one."
  }
}

variable "trigger" {
  description = "What invokes the function: notification (a notification of the bucket that Terraform creates), eventbridge (an EventBridge rule; turn on EventBridge for your upload_bucket), or none (you add what the output trigger_to_add describes)"
  type        = string
  default     = "notification"
  nullable    = false

  validation {
    condition     = contains(["notification", "eventbridge", "none"], var.trigger)
    error_message = "trigger must be notification, eventbridge, or none."
  }

  validation {
    condition     = var.trigger != "notification" || var.upload_bucket == null
    error_message = "With upload_bucket, trigger must be eventbridge or none: adding a notification to your bucket would delete all others that it has."
  }
}

variable "architecture" {
  description = "Instruction set of the function: x86_64, or arm64, which costs less"
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture must be x86_64 or arm64."
  }
}

variable "memory_size" {
  description = "Memory of the function in MB. Processor time grows with it: 1769 MB give one vCPU."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size must be a whole number of MB from 128 to 10240."
  }
}

variable "timeout" {
  description = "Maximum duration of an invocation in seconds"
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number of seconds from 1 to 900, Lambda's limit."
  }
}

variable "max_concurrency" {
  description = "Reserved concurrency of the function: how many invocations can run at once. -1 reserves none, so the function shares the account's quota."
  type        = number
  default     = -1
  nullable    = false

  validation {
    condition     = (var.max_concurrency == -1 || var.max_concurrency >= 1) && floor(var.max_concurrency) == var.max_concurrency
    error_message = "max_concurrency must be -1, or a whole number of at least 1. With 0, every upload would end in the failure queue."
  }
}

variable "log_level" {
  description = "Lowest level of the lines in the log. Metrics don't depend on it."
  type        = string
  default     = "INFO"
  nullable    = false

  validation { # Lambda and Python's logging both accept these names
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARN (not WARNING), ERROR, or FATAL."
  }
}

variable "log_retention_days" {
  description = "Days to keep the function's log. 0 keeps it forever."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days
    )
    error_message = "log_retention_days must be a retention period that CloudWatch Logs offers: 0 (forever), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, or 3653."
  }
}

variable "retry_attempts" {
  description = "How many times Lambda retries a failed invocation before it sends the event to the failure queue. If this is 0, you can't change architecture safely: see docs/terraform.md."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = contains([0, 1, 2], var.retry_attempts)
    error_message = "retry_attempts must be 0, 1, or 2. Lambda allows no more."
  }
}

variable "event_age_seconds" {
  description = "Age in seconds at which Lambda stops trying to process an event, and sends it to the failure queue"
  type        = number
  default     = 21600
  nullable    = false

  validation {
    condition     = var.event_age_seconds >= 60 && var.event_age_seconds <= 21600 && floor(var.event_age_seconds) == var.event_age_seconds
    error_message = "event_age_seconds must be a whole number from 60 to 21600 (six hours). Lambda allows no more."
  }
}

variable "failure_retention_days" {
  description = "Days to keep a message in the failure queue"
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.failure_retention_days >= 1 && var.failure_retention_days <= 14 && floor(var.failure_retention_days) == var.failure_retention_days
    error_message = "failure_retention_days must be a whole number from 1 to 14. SQS allows no more."
  }
}

variable "replaced_variant_retention_days" {
  description = "Days to keep a version of a variant after a newer one replaces it"
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.replaced_variant_retention_days >= 1 && floor(var.replaced_variant_retention_days) == var.replaced_variant_retention_days
    error_message = "replaced_variant_retention_days must be a whole number of at least 1."
  }
}

variable "replaced_upload_retention_days" {
  description = "Days to keep a version of an upload after it is replaced or deleted. By default, versions never expire."
  type        = number
  default     = null

  validation {
    condition     = var.replaced_upload_retention_days == null ? true : floor(var.replaced_upload_retention_days) == var.replaced_upload_retention_days && var.replaced_upload_retention_days > var.failure_retention_days
    error_message = "replaced_upload_retention_days must be a whole number above failure_retention_days (${var.failure_retention_days}), so that the failed uploads in the queue can still be processed."
  }

  validation {
    condition     = var.replaced_upload_retention_days == null || var.upload_bucket == null
    error_message = "replaced_upload_retention_days has no effect on upload_bucket: set a lifecycle rule of your bucket instead."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the objects in the buckets. By default, it stops if a bucket isn't empty."
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms notify when they start and end. By default, alarms appear only in CloudWatch."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:alarms."
  }

  validation {
    condition     = var.alarm_topic_arn == null ? true : try(split(":", var.alarm_topic_arn)[3], "") == local.region
    error_message = "alarm_topic_arn must be a topic in ${local.region}: CloudWatch alarms can't notify topics in other regions."
  }
}

variable "rejection_alarm_percent" {
  description = "Percentage of rejected uploads in an hour above which the alarm `rejections` goes off"
  type        = number
  default     = 25
  nullable    = false

  validation {
    condition     = var.rejection_alarm_percent >= 0 && var.rejection_alarm_percent <= 100
    error_message = "rejection_alarm_percent must be a number from 0 to 100."
  }
}

variable "batch_operations" {
  description = "Whether to create the role for S3 Batch Operations, which can backfill millions of uploads"
  type        = bool
  default     = false
  nullable    = false
}

variable "cors_allowed_origins" {
  description = "Origins of web pages, such as https://www.example.com, that can upload images and read variants with requests that you sign"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for origin in var.cors_allowed_origins : can(regex("^https?://[^/*]*[*]?[^/*]+$", origin)) || origin == "*"])
    error_message = "cors_allowed_origins must be origins such as https://www.example.com or https://*.example.com, without a path, or *."
  }
}

variable "cache_control" {
  description = "Cache-Control header of variants, for browsers and CDNs. If it's empty, variants have none."
  type        = string
  default     = "public, max-age=31536000, immutable"
  nullable    = false

  validation {
    condition     = can(regex("^([!-~]+( [!-~]+)*)?$", var.cache_control))
    error_message = "cache_control must be the value of a Cache-Control header, such as \"public, max-age=3600\", or empty."
  }
}

variable "variant_tags" {
  description = "S3 object tags of variants, for lifecycle rules, policies, and cost reports"
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.variant_tags) <= 10 && alltrue([for key, value in var.variant_tags : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "variant_tags can have up to 10 tags, with keys of 1 to 128 and values of up to 256 letters, digits, spaces, and the characters _ . : / = + - @. Keys can't start with aws:."
  }
}

variable "delete_variants_with_upload" {
  description = "Whether the function permanently deletes the variants of an upload that is deleted or hidden by a delete marker. See docs/operations.md."
  type        = bool
  default     = false
  nullable    = false
}

variable "outcome_destination_arn" {
  description = "ARN of a standard SQS queue, a standard SNS topic, an EventBridge bus, or a Lambda function that receives a message with the outcome of each upload. See docs/application.md."
  type        = string
  default     = null

  validation {
    condition     = var.outcome_destination_arn == null || can(regex("^arn:aws[a-z-]*:(sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+|sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+|events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]+|lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?)$", var.outcome_destination_arn))
    error_message = "outcome_destination_arn must be the ARN of a standard SQS queue, a standard SNS topic, an EventBridge bus, or a Lambda function, such as arn:aws:sqs:us-east-1:123456789012:outcomes."
  }

  validation {
    condition     = var.outcome_destination_arn == null ? true : !startswith("${var.outcome_destination_arn}:", "${local.function_arn}:") && !endswith(var.outcome_destination_arn, ":${local.name}-failures")
    error_message = "outcome_destination_arn can't be the pipeline's own function or its failure queue."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the buckets, the failure queue, the log, and the function's environment. Its policy must allow this: see docs/terraform.md. By default, keys that AWS manages encrypt them."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (not of an alias), such as arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab."
  }

  validation {
    condition     = var.kms_key_arn == null ? true : try(split(":", var.kms_key_arn)[3], "") == local.region
    error_message = "kms_key_arn must be a key in ${local.region}: AWS services can't use keys in other regions."
  }
}

variable "vpc" {
  description = "Private subnets and security groups to run the function in. They must let it reach S3: see docs/terraform.md. By default, the function runs outside of your VPCs."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.subnet_ids) > 0 && length(var.vpc.security_group_ids) > 0
    error_message = "vpc needs at least one subnet and one security group."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles, if your account requires one"
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "role_path" {
  description = "IAM path of the roles"
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path must start and end with a slash, such as /service/, and have at most 512 characters."
  }
}

variable "tags" {
  description = "Tags of every resource. They are added to Project, Environment, and ManagedBy, or replace them."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.tags : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "tags can have keys of 1 to 128 and values of up to 256 letters, digits, spaces, and the characters _ . : / = + - @. Keys can't start with aws:."
  }
}
