"""The function itself, as it lies in /var/task, with the layer in /opt."""

from PIL import features
from protocol import serve

from imaging.decode import decode
from lambda_function import create_variants


def variants(content: bytes) -> dict[str, bytes]:
    return {variant.name: made for variant, made in create_variants(decode(content))}


if __name__ == "__main__":
    serve(variants, {name: features.version(name) or "" for name in ("pil", "zlib", "webp")})
