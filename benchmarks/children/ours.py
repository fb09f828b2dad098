"""This function as deployed: its code in /var/task, its layer in /opt."""

from PIL import features
from protocol import serve

from imaging.decode import decode
from lambda_function import create_variants


def variants(content: bytes) -> dict[str, bytes]:
    return {variant.name: encoded for variant, encoded in create_variants(decode(content))}


if __name__ == "__main__":
    serve(variants, {name: features.version(name) or "" for name in ("pil", "zlib", "webp")})
