locals {
  name       = "${var.project_name}-${var.environment}"
  layer_path = "${path.module}/pillow_layer.zip"

  buckets = {
    upload    = aws_s3_bucket.upload
    processed = aws_s3_bucket.processed
  }
}
