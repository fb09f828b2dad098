locals {
  # The layer's modules have the architecture in their names, and a zip archive contains names as plain text.
  layer_path   = "${path.module}/pillow_layer${var.architecture == "arm64" ? "_arm64" : ""}.zip"
  layer_module = "cpython-312-${var.architecture == "arm64" ? "aarch64" : "x86_64"}-linux-gnu.so"

  # Hashes of the function's modules: as they are now, and as they were when they were compiled.
  lambda_path      = "${path.module}/../lambda"
  function_path    = "${path.module}/function"
  modules          = { for name in fileset(local.lambda_path, "**/*.py") : name => filesha256("${local.lambda_path}/${name}") if !startswith(name, "layer/") }
  compiled_modules = { for name in fileset(local.function_path, "**/*.py") : name => filesha256("${local.function_path}/${name}") }
}

# The modules of lambda/, with bytecode for Lambda's Python. To destroy, you don't need the bytecode.
data "archive_file" "function" {
  type             = "zip"
  source_dir       = length(local.compiled_modules) > 0 ? local.function_path : local.lambda_path
  output_path      = "${path.module}/.build/${local.name}-${local.region}.zip"
  output_file_mode = "0644"

  lifecycle {
    precondition {
      condition     = local.modules == local.compiled_modules
      error_message = "${local.function_path} differs from lambda/: compile it again with `scripts/build_function_docker.sh`."
    }
  }
}

resource "aws_lambda_layer_version" "pillow" {
  layer_name               = "${local.name}-pillow"
  description              = "Pillow, as locked in lambda/layer/requirements.txt"
  filename                 = local.layer_path
  source_code_hash         = fileexists(local.layer_path) ? filebase64sha256(local.layer_path) : null
  compatible_runtimes      = ["python3.12"]
  compatible_architectures = [var.architecture]

  lifecycle {
    precondition {
      condition     = fileexists(local.layer_path)
      error_message = "${local.layer_path} is missing: build it with `scripts/build_layer_docker.sh ${var.architecture}`."
    }

    precondition {
      condition     = fileexists(local.layer_path) ? strcontains(textdecodebase64(filebase64(local.layer_path), "ISO-8859-1"), local.layer_module) : true
      error_message = "${local.layer_path} has no modules *.${local.layer_module}: build it for this architecture with `scripts/build_layer_docker.sh ${var.architecture}`."
    }

    create_before_destroy = true # the function always needs a layer that exists
  }
}

resource "aws_lambda_function" "processor" {
  # checkov:skip=CKV_AWS_50: there is nothing to trace in a single function; its log and metrics show where the time goes
  # checkov:skip=CKV_AWS_116: it has an on-failure destination instead, whose messages also contain the error
  # checkov:skip=CKV_AWS_272: code signing needs a signing profile, which is the account owner's decision
  function_name    = local.name
  description      = "Creates the variants of every image in the upload bucket"
  role             = aws_iam_role.processor.arn
  runtime          = "python3.12"
  handler          = "lambda_function.lambda_handler"
  architectures    = [var.architecture]
  layers           = [aws_lambda_layer_version.pillow.arn]
  filename         = data.archive_file.function.output_path
  source_code_hash = data.archive_file.function.output_base64sha256
  memory_size      = var.memory_size
  timeout          = var.timeout

  reserved_concurrent_executions = var.max_concurrency

  kms_key_arn = var.kms_key_arn
  tags        = local.tags

  environment {
    variables = {
      PROCESSED_BUCKET            = aws_s3_bucket.processed.id
      LOG_LEVEL                   = var.log_level
      TIMEOUT_SECONDS             = var.timeout # the function's limits depend on it
      CACHE_CONTROL               = var.cache_control
      DELETE_VARIANTS_WITH_UPLOAD = tostring(var.delete_variants_with_upload)
      VARIANT_TAGS                = join("&", [for key, value in var.variant_tags : replace("${urlencode(key)}=${urlencode(value)}", "+", "%20")])

      # glibc returns freed blocks above this size to the system. Otherwise, freed pixels keep taking up memory.
      MALLOC_MMAP_THRESHOLD_ = "1048576"
    }
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    log_group             = aws_cloudwatch_log_group.processor.name
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # Without its permissions, an invocation would fail.
  depends_on = [aws_iam_role_policy.processor]
}
