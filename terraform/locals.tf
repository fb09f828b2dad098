locals {
  name       = "${var.project_name}-${var.environment}"
  layer_path = "${path.module}/pillow_layer${var.architecture == "arm64" ? "_arm64" : ""}.zip"

  function_path    = "${path.module}/function"
  modules          = { for name in fileset("${path.module}/../lambda", "{*.py,imaging/**/*.py}") : name => filesha256("${path.module}/../lambda/${name}") }
  compiled_modules = { for name in fileset(local.function_path, "**/*.py") : name => filesha256("${local.function_path}/${name}") }

  buckets = {
    upload    = aws_s3_bucket.upload
    processed = aws_s3_bucket.processed
  }
}
