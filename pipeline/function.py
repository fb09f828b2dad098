"""The function's own modules, as the operator's command uses them: its variants, keys and decoders."""

import sys

from pipeline.paths import LAMBDA

sys.path.insert(0, str(LAMBDA))  # flat modules, as in Lambda

from decoding import Rejected, decode
from encoding import FORMATS, Variant
from events import Upload, uploads
from exif import orientation
from lambda_function import COMPRESSION_LEVELS, create_variants
from limits import MEMORY, check_bytes
from storage import gone, plain_text, record_of, rejection_key, upload_id, variant_key
from telemetry import UNITS

__all__ = [
    "COMPRESSION_LEVELS",
    "FORMATS",
    "MEMORY",
    "UNITS",
    "Rejected",
    "Upload",
    "Variant",
    "check_bytes",
    "create_variants",
    "decode",
    "gone",
    "orientation",
    "plain_text",
    "record_of",
    "rejection_key",
    "upload_id",
    "uploads",
    "variant_key",
]
