"""Errors that a person can act on."""


class PipelineError(Exception):
    """An error with a problem and a remedy for a person; `details` is a log or a program's output."""

    def __init__(self, problem: str, remedy: str = "", details: str = "") -> None:
        super().__init__("\n".join(filter(None, (problem, details))))
        self.problem = problem
        self.remedy = remedy
        self.details = details


class NotRunningError(PipelineError):
    """The stack is not running."""


class DeadlineError(PipelineError):
    """Something did not finish before its deadline."""
