"""Errors that a person can act on."""


class PipelineError(Exception):
    """One sentence that names what is wrong, and one that says what to do about it; `details` are logs or outputs."""

    def __init__(self, problem: str, remedy: str = "", details: str = "") -> None:
        super().__init__("\n".join(filter(None, (problem, details))))
        self.problem = problem
        self.remedy = remedy
        self.details = details


class NotRunningError(PipelineError):
    """The stack is not up."""


class DeadlineError(PipelineError):
    """Something was waited for in vain."""
