# This file makes the folder a root module. `make package` leaves it out, because only a module without a provider block can
# have count, for_each, and depends_on.
provider "aws" {
  region = var.aws_region
}

variable "aws_region" {
  description = "AWS region to deploy to. The module doesn't have this variable: there, your provider decides."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", var.aws_region))
    error_message = "aws_region must be a region code, such as us-east-1 or eu-central-1."
  }
}
