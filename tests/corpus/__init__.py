"""A generated corpus of pictures and of damaged files, each with its expected result: CASES and REJECTIONS."""

from tests.corpus import accepted, rejected
from tests.corpus.case import Case, RejectedCase
from tests.corpus.heif import HEIF_CASES, HEIF_REJECTIONS

CASES = accepted.CASES + HEIF_CASES
REJECTIONS = rejected.REJECTIONS + HEIF_REJECTIONS

__all__ = ["CASES", "REJECTIONS", "Case", "RejectedCase"]
