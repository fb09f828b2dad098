"""The function's own modules, as the operator's command uses them: its variants, keys and decoders."""

import sys

from pipeline.lib.paths import LAMBDA

sys.path.insert(0, str(LAMBDA))  # flat modules, as in Lambda

from deletion import Versions
from events import Upload, uploads
from imaging import limits
from imaging.decode import decode, recognize
from imaging.encode import OUTPUT_FORMATS, Variant, keeps_copyright
from imaging.exif import orientation
from imaging.formats import INPUT_FORMATS
from imaging.limits import MEMORY, check_bytes
from imaging.model import Picture
from imaging.parallel import check_room
from imaging.rejection import Rejected
from lambda_function import VARIANTS, create_variants
from naming import plain_text, rejection_key, settings_digest, shared_prefix, uncut, variant_key
from steps import Step, Steps
from storage import NOT_FOUND
from telemetry import NAMESPACE, UNITS

__all__ = [
    "INPUT_FORMATS",
    "MEMORY",
    "NAMESPACE",
    "NOT_FOUND",
    "OUTPUT_FORMATS",
    "UNITS",
    "VARIANTS",
    "Picture",
    "Rejected",
    "Step",
    "Steps",
    "Upload",
    "Variant",
    "Versions",
    "check_bytes",
    "check_room",
    "create_variants",
    "decode",
    "identity",
    "keeps_copyright",
    "limits",
    "orientation",
    "plain_text",
    "recognize",
    "rejection_key",
    "settings_digest",
    "shared_prefix",
    "uncut",
    "uploads",
    "variant_key",
]


def identity(upload: Upload) -> tuple[str, str]:
    """Return what identifies `upload`: its id and its version, which is "null" in a bucket without versions."""
    return upload.id, upload.version or "null"
