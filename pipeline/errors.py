"""Errors that a person can act on."""


class PipelineError(Exception):
    """One sentence that names what is wrong, and one that says what to do about it."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class NotRunningError(PipelineError):
    """The stack is not up."""


class DeadlineError(PipelineError):
    """Something was waited for in vain; `details` are the recent logs."""

    def __init__(self, problem: str, remedy: str, details: str = "") -> None:
        super().__init__(problem, remedy)
        self.details = details
