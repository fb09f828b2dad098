"""Errors that a person can act on."""


class PipelineError(Exception):
    """A sentence that names the problem and one that names the fix; `details` holds a log or a program's output."""

    def __init__(self, problem: str, remedy: str = "", details: str = "") -> None:
        super().__init__("\n".join(filter(None, (problem, details))))
        self.problem = problem
        self.remedy = remedy
        self.details = details


class NotRunningError(PipelineError):
    """The stack is not running."""


class DeadlineError(PipelineError):
    """Something did not happen before its deadline."""
