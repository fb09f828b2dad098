"""Write the demo's HEIC sample: `python -m tests.heic_sample`. As from a phone, it is stored lying on its side."""

from io import BytesIO

import pillow_heif
from PIL import Image

from pipeline.commands.common.samples import ORIENTATION, PHONE, phone_picture

QUALITY = 60


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
