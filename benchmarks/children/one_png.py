"""The PNG variant of a decoded picture: with this function's settings for `ours`, otherwise with Pillow's default."""

import sys
from io import BytesIO

from PIL import Image, features
from protocol import serve


def load(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def encode_by_default(image: Image.Image) -> dict[str, bytes]:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return {"png": buffer.getvalue()}


def encode_as_ours(image: Image.Image) -> dict[str, bytes]:
    from imaging.encode import Variant, encode
    from imaging.model import Picture

    return {"png": encode(Picture(image), Variant("png", "PNG"))}


if __name__ == "__main__":
    versions = {name: features.version(name) or "" for name in ("pil", "zlib")}
    serve(encode_as_ours if sys.argv[1] == "ours" else encode_by_default, versions, load)
