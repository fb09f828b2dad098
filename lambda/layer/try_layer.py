"""Fails unless the layer works in the interpreter that runs this: its zlib, and every format the function opens."""

from io import BytesIO

from PIL import Image, ImageCms, features

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def main() -> None:
    zlib = features.version("zlib") or "none"
    if not zlib.endswith("zlib-ng"):
        raise SystemExit(f"zlib-ng is not what is loaded, but zlib {zlib}")
    srgb = ImageCms.createProfile("sRGB")
    ImageCms.profileToProfile(Image.new("RGB", (8, 8)), srgb, srgb)
    for form in FORMATS:
        content = BytesIO()
        Image.linear_gradient("L").save(content, form)
        Image.open(content, formats=[form]).load()
    print("Pillow", features.version("pil"), "with zlib", zlib)


if __name__ == "__main__":
    main()
