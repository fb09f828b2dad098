"""A generated corpus of pictures and of damaged files, each with what is to become of it: CASES and REJECTIONS."""

from tests.corpus.accepted import CASES
from tests.corpus.case import Case, RejectedCase
from tests.corpus.rejected import REJECTIONS

__all__ = ["CASES", "REJECTIONS", "Case", "RejectedCase"]
