variable "project_name" {
  description = "First part of every resource name"
  type        = string
  default     = "image-processor"
  nullable    = false

  validation { # bucket_prefix allows 37 characters for this, environment and "-processed-" together
    condition     = can(regex("^[a-z][a-z0-9-]{0,13}[a-z0-9]$", var.project_name))
    error_message = "project_name becomes part of bucket names: use 2 to 15 lowercase letters, digits and hyphens. Start with a letter and don't end with a hyphen."
  }
}

variable "environment" {
  description = "Second part of every resource name, such as dev or prod"
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$", var.environment))
    error_message = "environment becomes part of bucket names: use 1 to 10 lowercase letters, digits and hyphens. Don't start or end with a hyphen."
  }
}

variable "upload_bucket" {
  description = "Name of your own bucket, in the same region, that images are uploaded to. Without one, the configuration makes a bucket. Its settings and notifications stay yours: see docs/terraform.md"
  type        = string
  default     = null

  validation {
    condition     = var.upload_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.upload_bucket)) && !can(regex("-s3alias$", var.upload_bucket))
    error_message = "upload_bucket must be the name of a bucket, not an ARN or the alias of an access point."
  }

  validation { # the name that Terraform makes of bucket_prefix, in this and in any other deployment
    condition     = var.upload_bucket == null || !can(regex("-processed-[0-9a-f]{26}$", var.upload_bucket))
    error_message = "upload_bucket can't be the processed bucket of a deployment: variants would become uploads, whose variants would become uploads."
  }
}

variable "upload_prefix" {
  description = "What the keys of uploads start with, such as photos/. The function neither processes nor reads other objects. Without a prefix, every object is an upload"
  type        = string
  default     = ""
  nullable    = false

  validation { # S3 wants other characters encoded in filters, and IAM and EventBridge have a meaning for some
    condition     = can(regex("^([A-Za-z0-9!_.'()-][A-Za-z0-9!_.'()/-]{0,127})?$", var.upload_prefix))
    error_message = "upload_prefix has up to 128 letters, digits, and the characters ! - _ . ' ( ) and /. It doesn't begin with a slash, because keys don't."
  }
}

variable "upload_suffixes" {
  description = "What the keys of uploads end with, such as .jpg and .JPG. The function doesn't process other objects. Without suffixes, keys can end with anything"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.upload_suffixes) <= 20 && alltrue([for suffix in var.upload_suffixes : can(regex("^[A-Za-z0-9!_.'()/-]{1,32}$", suffix))])
    error_message = "upload_suffixes are up to 20 suffixes of up to 32 letters, digits, and the characters ! - _ . ' ( ) and /."
  }

  validation { # of suffixes that both fit a key, S3 accepts only one
    condition     = alltrue(flatten([for i, one in var.upload_suffixes : [for j, other in var.upload_suffixes : i == j || !endswith(one, other)]]))
    error_message = "upload_suffixes overlap: one of them ends with another one. Keep the shorter one."
  }
}

variable "trigger" {
  description = "What invokes the function: notification (of the bucket that the configuration makes), eventbridge (a rule; your own bucket must send its events to EventBridge), or none (the output trigger_to_add says what to add)"
  type        = string
  default     = "notification"
  nullable    = false

  validation {
    condition     = contains(["notification", "eventbridge", "none"], var.trigger)
    error_message = "trigger must be notification, eventbridge or none."
  }

  validation {
    condition     = var.trigger != "notification" || var.upload_bucket == null
    error_message = "With upload_bucket, trigger must be eventbridge or none: setting a notification would delete all others that your bucket has."
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
  description = "Memory of the function in MB. CPU power grows with it: 1769 MB gives one vCPU"
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size must be a whole number of MB from 128 to 10240."
  }
}

variable "timeout" {
  description = "Maximum duration of one invocation in seconds"
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number of seconds from 1 to 900, Lambda's limit."
  }
}

variable "max_concurrency" {
  description = "Reserved concurrency of the function: how many invocations can run at once. -1 uses the account's unreserved concurrency"
  type        = number
  default     = -1
  nullable    = false

  validation {
    condition     = (var.max_concurrency == -1 || var.max_concurrency >= 1) && floor(var.max_concurrency) == var.max_concurrency
    error_message = "max_concurrency must be a whole number from 1, or -1 for no limit. With 0, every upload would end in the failure queue."
  }
}

variable "log_level" {
  description = "Lowest level that is logged. The function's metrics don't depend on it"
  type        = string
  default     = "INFO"
  nullable    = false

  validation { # names that Lambda and Python's logging both accept
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARN (not WARNING), ERROR or FATAL."
  }
}

variable "log_retention_days" {
  description = "Days to keep the function's log. 0 keeps it forever"
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days
    )
    error_message = "log_retention_days must be a retention period that CloudWatch Logs offers: 0 (forever), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "retry_attempts" {
  description = "How many times Lambda retries a failed invocation before the event goes to the failure queue. With 0, don't change architecture: see docs/terraform.md"
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = contains([0, 1, 2], var.retry_attempts)
    error_message = "retry_attempts must be 0, 1 or 2. Lambda allows no more."
  }
}

variable "event_age_seconds" {
  description = "Age in seconds at which an event that could not be processed goes to the failure queue"
  type        = number
  default     = 21600
  nullable    = false

  validation {
    condition     = var.event_age_seconds >= 60 && var.event_age_seconds <= 21600 && floor(var.event_age_seconds) == var.event_age_seconds
    error_message = "event_age_seconds must be a whole number from 60 to 21600 (six hours). Lambda allows no more."
  }
}

variable "failure_retention_days" {
  description = "Days that the failure queue keeps a message"
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.failure_retention_days >= 1 && var.failure_retention_days <= 14 && floor(var.failure_retention_days) == var.failure_retention_days
    error_message = "failure_retention_days must be a whole number from 1 to 14. SQS allows no more."
  }
}

variable "replaced_variant_retention_days" {
  description = "Days to keep a variant after a newer version replaces it"
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.replaced_variant_retention_days >= 1 && floor(var.replaced_variant_retention_days) == var.replaced_variant_retention_days
    error_message = "replaced_variant_retention_days must be a whole number from 1."
  }
}

variable "replaced_upload_retention_days" {
  description = "Days to keep a version of an upload after it is replaced or deleted. Without a number, every version stays"
  type        = number
  default     = null

  validation {
    condition     = var.replaced_upload_retention_days == null ? true : floor(var.replaced_upload_retention_days) == var.replaced_upload_retention_days && var.replaced_upload_retention_days > var.failure_retention_days
    error_message = "replaced_upload_retention_days must be a whole number above failure_retention_days (${var.failure_retention_days}), so that a version in the failure queue can still be processed."
  }

  validation {
    condition     = var.replaced_upload_retention_days == null || var.upload_bucket == null
    error_message = "replaced_upload_retention_days has no effect on upload_bucket: set a lifecycle rule of your bucket instead."
  }
}

variable "force_destroy" {
  description = "Whether to delete the objects in the buckets when the stack is destroyed. If false, destroying stops at buckets that are not empty"
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms notify when they start and end. Without one, alarms only show in CloudWatch"
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:alarms."
  }

  validation {
    condition     = var.alarm_topic_arn == null ? true : try(split(":", var.alarm_topic_arn)[3], "") == local.region
    error_message = "alarm_topic_arn must be a topic in ${local.region}: CloudWatch alarms can't notify another region."
  }
}

variable "rejection_alarm_percent" {
  description = "Percentage of an hour's uploads above which the alarm on rejections goes off"
  type        = number
  default     = 25
  nullable    = false

  validation {
    condition     = var.rejection_alarm_percent >= 0 && var.rejection_alarm_percent <= 100
    error_message = "rejection_alarm_percent must be a number from 0 to 100."
  }
}

variable "batch_operations" {
  description = "Whether to create the role with which S3 Batch Operations backfills millions of uploads"
  type        = bool
  default     = false
  nullable    = false
}

variable "cors_allowed_origins" {
  description = "Origins of web pages that may upload to the upload bucket, with a URL that you sign, and read variants, such as https://www.example.com"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for origin in var.cors_allowed_origins : can(regex("^https?://[^/*]*[*]?[^/*]+$", origin)) || origin == "*"])
    error_message = "cors_allowed_origins must be origins such as https://www.example.com or https://*.example.com, without a path, or *."
  }
}

variable "cache_control" {
  description = "Cache-Control header of variants, which browsers and CDNs follow. Empty for none"
  type        = string
  default     = "public, max-age=31536000, immutable"
  nullable    = false

  validation {
    condition     = can(regex("^([!-~]+( [!-~]+)*)?$", var.cache_control))
    error_message = "cache_control must be the value of a Cache-Control header, such as \"public, max-age=3600\", or empty."
  }
}

variable "variant_tags" {
  description = "Tags of variants, as S3's lifecycle rules, policies, and reports use them"
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.variant_tags) <= 10 && alltrue([for key, value in var.variant_tags : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "variant_tags are 10 at most. They have keys of 1 to 128 and values of up to 256 letters, digits, spaces, and the characters _ . : / = + - @. Keys don't begin with aws:."
  }
}

variable "delete_variants_with_upload" {
  description = "Whether the function deletes, for good, what it made from an upload that is deleted or hidden by a delete marker. See docs/operations.md"
  type        = bool
  default     = false
  nullable    = false
}

variable "outcome_destination_arn" {
  description = "ARN of what receives a message with the outcome of each upload: a standard SQS queue, a standard SNS topic, an EventBridge bus, or a Lambda function. See docs/application.md"
  type        = string
  default     = null

  validation {
    condition     = var.outcome_destination_arn == null || can(regex("^arn:aws[a-z-]*:(sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+|sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+|events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]+|lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?)$", var.outcome_destination_arn))
    error_message = "outcome_destination_arn must be the ARN of an SQS queue or an SNS topic that isn't FIFO, of an EventBridge bus, or of a Lambda function, such as arn:aws:sqs:us-east-1:123456789012:outcomes."
  }

  validation {
    condition     = var.outcome_destination_arn == null ? true : !startswith("${var.outcome_destination_arn}:", "${local.function_arn}:") && !endswith(var.outcome_destination_arn, ":${local.name}-failures")
    error_message = "outcome_destination_arn must be another function than the pipeline's own, and another queue than its failure queue."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the buckets, the failure queue, the log, and the function's environment. Without one, AWS's own keys do. The key's policy must allow it: see docs/terraform.md"
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key, not of an alias, such as arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab."
  }

  validation {
    condition     = var.kms_key_arn == null ? true : try(split(":", var.kms_key_arn)[3], "") == local.region
    error_message = "kms_key_arn must be a key in ${local.region}: AWS services can't use a key of another region."
  }
}

variable "vpc" {
  description = "Private subnets and security groups to run the function in. The VPC needs a gateway endpoint for S3: see docs/terraform.md. Without them, the function runs outside of your VPCs"
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
  description = "ARN of the policy that limits what the roles can be allowed, if your account requires one"
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
    error_message = "role_path must begin and end with a slash, such as /service/, and have at most 512 characters."
  }
}

variable "tags" {
  description = "Tags of every resource, added to Project, Environment, and ManagedBy, or replacing them"
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.tags : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "tags have keys of 1 to 128 and values of up to 256 letters, digits, spaces, and the characters _ . : / = + - @. Keys don't begin with aws:."
  }
}
