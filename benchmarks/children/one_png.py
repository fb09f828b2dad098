"""The PNG of a decoded picture: `ours` as the function chooses to compress it, else as Pillow does by default."""

import sys
from io import BytesIO

from PIL import Image, features
from protocol import serve


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def saved(image: Image.Image) -> dict[str, bytes]:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return {"png": buffer.getvalue()}


def chosen(image: Image.Image) -> dict[str, bytes]:
    from imaging.encode import Variant, encode_still

    return {"png": encode_still(image, Variant("png", "PNG"))}


if __name__ == "__main__":
    versions = {name: features.version(name) or "" for name in ("pil", "zlib")}
    serve(chosen if sys.argv[1] == "ours" else saved, versions, opened)
