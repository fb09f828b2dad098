locals {
  name       = "${var.project_name}-${var.environment}"
  layer_path = "${path.module}/pillow_layer${var.architecture == "arm64" ? "_arm64" : ""}.zip"

  buckets = {
    upload    = aws_s3_bucket.upload
    processed = aws_s3_bucket.processed
  }
}
