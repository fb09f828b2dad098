"""Fail unless the layer works in the interpreter that runs this: its zlib, and every input format of the function."""

from io import BytesIO

from PIL import Image, ImageCms, features

from imaging.formats import INPUT_FORMATS

MODES = ("L", "LA", "RGB", "RGBA")  # the filters of PNG work on pixels of one to four bytes


def try_filters(mode: str) -> None:
    """Fail unless a picture of `mode` comes out of a PNG as it went in."""
    noise = Image.merge(mode, [Image.effect_noise((301, 200), 40 * (n + 1)) for n in range(len(mode))])
    soft = noise.resize((900, 600), Image.Resampling.BICUBIC)
    for picture in (noise, soft):
        content = BytesIO()
        picture.save(content, "PNG")
        if Image.open(content).tobytes() != picture.tobytes():
            raise SystemExit(f"a PNG of mode {mode} differs from the picture that it was made from")


def main() -> None:
    zlib = features.version("zlib") or "none"
    if not zlib.endswith("zlib-ng"):
        raise SystemExit(f"the layer loads zlib {zlib} instead of zlib-ng")
    srgb = ImageCms.createProfile("sRGB")
    ImageCms.profileToProfile(Image.new("RGB", (8, 8)), srgb, srgb)
    for form in INPUT_FORMATS:
        content = BytesIO()
        Image.linear_gradient("L").save(content, form.pillow[0])
        Image.open(content, formats=form.pillow).load()
    for mode in MODES:
        try_filters(mode)
    print("Pillow", features.version("pil"), "with zlib", zlib)


if __name__ == "__main__":
    main()
