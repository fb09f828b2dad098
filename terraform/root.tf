# What makes this folder a root module. `make package` leaves this file out, since a module gets its provider from outside:
# only then can it have count, for_each, and depends_on.
provider "aws" {
  region = var.aws_region
}

variable "aws_region" {
  description = "AWS region to deploy to. In a module, the provider decides"
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", var.aws_region))
    error_message = "aws_region must be a region code, such as us-east-1 or eu-central-1."
  }
}
