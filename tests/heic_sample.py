"""Write the HEIC files of the tree, which the project can decode but not encode: `python -m tests.heic_sample`.

The demo's sample is stored lying on its side, as phones do. The layer's is of one color.
"""

from io import BytesIO

import pillow_heif
from PIL import Image

from pipeline.commands.common.samples import ORIENTATION, PHONE, phone_picture
from pipeline.lib.paths import ROOT
from tests.corpus.case import RED
from tests.corpus.heif import still

QUALITY = 60
TINY = ROOT / "lambda" / "layer" / "tiny.heic"


def encoded() -> bytes:
    """Return the picture turned to the left, and the container's rotation that brings it upright."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    content = BytesIO()
    lying = phone_picture().transpose(Image.Transpose.ROTATE_90)
    pillow_heif.from_pillow(lying).save(content, quality=QUALITY, exif=exif.tobytes())
    return content.getvalue()


if __name__ == "__main__":
    PHONE.write_bytes(encoded())
    TINY.write_bytes(still("HEIC", colors=(RED,) * 4))
