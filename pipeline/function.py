"""The function's own modules, as the operator's command uses them: its variants, keys and decoders."""

import sys

from pipeline.paths import LAMBDA

sys.path.insert(0, str(LAMBDA))  # flat modules, as in Lambda

from decoding import Rejected, decode  # noqa: E402
from encoding import FORMATS, Variant, fitted, on_white  # noqa: E402
from events import Upload  # noqa: E402
from lambda_function import COMPRESSION_LEVELS, THUMBNAIL_SIZE  # noqa: E402
from storage import plain_text, rejection_key, upload_id, variant_key  # noqa: E402

__all__ = [
    "COMPRESSION_LEVELS",
    "FORMATS",
    "THUMBNAIL_SIZE",
    "Rejected",
    "Upload",
    "Variant",
    "decode",
    "fitted",
    "on_white",
    "plain_text",
    "rejection_key",
    "upload_id",
    "variant_key",
]
