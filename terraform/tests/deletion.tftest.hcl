# Every trigger reports removals if variants are deleted with their upload. tests/options.tftest.hcl has the notification.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  delete_variants_with_upload = true
}

run "eventbridge_reports_removals" {
  variables {
    trigger = "eventbridge"
  }

  assert {
    condition     = jsondecode(one(aws_cloudwatch_event_rule.uploads).event_pattern)["detail-type"] == ["Object Created", "Object Deleted"]
    error_message = "The rule matches removals."
  }
}

run "the_trigger_to_add_reports_removals" {
  variables {
    trigger = "none"
  }

  assert {
    condition     = output.trigger_to_add.events == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]
    error_message = "The output lists the events of removals."
  }
}
