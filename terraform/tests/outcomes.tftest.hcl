# Each kind of destination of outcomes.
mock_provider "aws" {
  source = "./tests/mocks"
}

run "outcomes_to_a_queue" {
  command = plan

  variables {
    outcome_destination_arn = "arn:aws:sqs:us-east-1:123456789012:outcomes"
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : statement.actions if statement.sid == "ReportOutcomes"]) == toset(["sqs:SendMessage"])
    error_message = "The role can send messages to the queue."
  }
}

run "outcomes_to_a_bus" {
  command = plan

  variables {
    outcome_destination_arn = "arn:aws:events:us-east-1:123456789012:event-bus/default"
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : statement.actions if statement.sid == "ReportOutcomes"]) == toset(["events:PutEvents"])
    error_message = "The role can put events on the bus."
  }
}

run "outcomes_to_a_function" {
  command = plan

  variables {
    outcome_destination_arn = "arn:aws:lambda:us-east-1:123456789012:function:application:live"
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.processor.statement : statement.actions if statement.sid == "ReportOutcomes"]) == toset(["lambda:InvokeFunction"])
    error_message = "The role can invoke the function."
  }
}

run "no_outcomes_to_a_fifo_queue" {
  command = plan

  variables {
    outcome_destination_arn = "arn:aws:sqs:us-east-1:123456789012:outcomes.fifo"
  }

  expect_failures = [var.outcome_destination_arn]
}

run "no_outcomes_to_the_failure_queue" {
  command = plan

  variables {
    outcome_destination_arn = "arn:aws:sqs:us-east-1:123456789012:image-processor-dev-failures"
  }

  expect_failures = [var.outcome_destination_arn]
}

run "no_outcomes_to_the_function_itself" {
  command = plan

  variables {
    outcome_destination_arn = "arn:aws:lambda:us-east-1:123456789012:function:image-processor-dev:live"
  }

  expect_failures = [var.outcome_destination_arn]
}
