locals {
  name       = "${var.project_name}-${var.environment}"
  layer_path = "${path.module}/pillow_layer${var.architecture == "arm64" ? "_arm64" : ""}.zip"

  # The function's modules as they are now, and as they were when they were compiled: both by hash.
  lambda_path      = "${path.module}/../lambda"
  function_path    = "${path.module}/function"
  modules          = { for name in fileset(local.lambda_path, "**/*.py") : name => filesha256("${local.lambda_path}/${name}") if !startswith(name, "layer/") }
  compiled_modules = { for name in fileset(local.function_path, "**/*.py") : name => filesha256("${local.function_path}/${name}") }

  buckets = {
    upload    = aws_s3_bucket.upload
    processed = aws_s3_bucket.processed
  }
}
