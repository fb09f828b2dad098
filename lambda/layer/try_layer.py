"""Fails unless the layer works in the interpreter that runs this: its zlib, and every format the function opens."""

from io import BytesIO

from PIL import Image, ImageCms, features

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MODES = ("L", "LA", "RGB", "RGBA")  # of one to four bytes a pixel, each of which the filters of PNG meet


def try_filters(mode: str) -> None:
    """Fails unless a picture of MODE comes out of a PNG as it went in."""
    noise = Image.merge(mode, [Image.effect_noise((301, 200), 40 * (n + 1)) for n in range(len(mode))])
    soft = noise.resize((900, 600), Image.Resampling.BICUBIC)
    for picture in (noise, soft):
        content = BytesIO()
        picture.save(content, "PNG")
        if Image.open(content).tobytes() != picture.tobytes():
            raise SystemExit(f"a PNG of {mode} is another picture than the one it is made of")


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
    for mode in MODES:
        try_filters(mode)
    print("Pillow", features.version("pil"), "with zlib", zlib)


if __name__ == "__main__":
    main()
