"""The function's own modules, as the operator's command uses them: its variants, keys and decoders."""

import sys

from pipeline.lib.paths import LAMBDA

sys.path.insert(0, str(LAMBDA))  # flat modules, as in Lambda

from events import Upload, uploads
from imaging.decode import Rejected, decode
from imaging.encode import FORMATS, Variant
from imaging.exif import orientation
from imaging.limits import MEMORY, check_bytes
from lambda_function import VARIANTS, create_variants
from steps import taken
from storage import NOT_THERE, plain_text, rejection_key, upload_id, variant_key
from telemetry import NAMESPACE, UNITS

__all__ = [
    "FORMATS",
    "MEMORY",
    "NAMESPACE",
    "NOT_THERE",
    "UNITS",
    "VARIANTS",
    "Rejected",
    "Upload",
    "Variant",
    "check_bytes",
    "create_variants",
    "decode",
    "identity",
    "orientation",
    "plain_text",
    "rejection_key",
    "taken",
    "upload_id",
    "uploads",
    "variant_key",
]


def identity(upload: Upload) -> tuple[str, str]:
    """What tells UPLOAD from all others: its id, and its version, which is "null" in a bucket without versions."""
    return upload_id(upload), upload.version or "null"
