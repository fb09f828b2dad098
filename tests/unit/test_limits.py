"""The limits follow from memory and time, and every frame is checked from its header before any is decoded."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import pytest
from PIL import Image, ImageFile

from imaging import decode as decoding
from imaging import limits
from imaging.decode import decode
from imaging.rejection import Rejected
from pipeline.lib.paths import LAMBDA
from tests.corpus.accepted import COLORS, animated_gif, animated_png, animated_webp
from tests.corpus.build import bmp, gif, gif_image, png_chunk
from tests.corpus.rejected import png_of, sized_jpeg
from tests.limits.hostile import huge_apng_frame, huge_gif_frames
from tests.limits.noise import apng, jpeg, png, webp
from tests.limits.noise import gif as noise_gif

SIZES = (256, 512, 1024, 3008)  # MB
HUGE = (16_000, 16_000)
DECODING = limits.Decoding(bytes_per_pixel=8, microseconds=0.06)


@pytest.fixture
def limits_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return the limits of a function with this memory in MB and this timeout in seconds."""

    def load(memory: int, timeout: int = 60) -> ModuleType:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(memory))
        monkeypatch.setenv("TIMEOUT_SECONDS", str(timeout))
        spec = spec_from_file_location(f"limits_{memory}_{timeout}", LAMBDA / "imaging" / "limits.py")
        assert spec
        assert spec.loader
        module = sys.modules[spec.name] = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["OPAQUE", "TRANSPARENT", "ANIMATED"])
def test_the_largest_picture_fits_into_memory_and_time(size: int, name: str, limits_of: Callable[..., Any]) -> None:
    module = limits_of(size)
    kind, file_bytes = getattr(module, name), 10_000_000
    pixels = module.max_pixels(kind, module.Decoding(12, 0.1, file_bytes))

    assert pixels * kind.bytes_per_pixel + module.RESERVED <= module.MEMORY
    assert pixels * 12 + file_bytes + module.RESERVED <= module.MEMORY
    assert pixels * (0.1 + kind.microseconds) / 1e6 <= 60 * size / 1769
    assert pixels * (0.1 + kind.microseconds) / 1e6 <= 60


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [2, 20, limits.MAX_FRAMES])
def test_the_largest_animation_fits_into_memory_and_time(size: int, count: int, limits_of: Callable[..., Any]) -> None:
    module = limits_of(size)
    source = module.Decoding(12, 0.05, 10_000_000)

    def allows(side: int) -> bool:
        return bool(module.allow_animation([side**2] * count, source))

    side = max(filter(allows, range(32, 8000, 64)))
    kept = 10_000_000 + module.OUTPUT * count * side**2
    assert side**2 * module.ANIMATED.bytes_per_pixel + kept + module.RESERVED <= module.MEMORY
    assert count * side**2 * (2 * 0.05 + module.ANIMATED.microseconds) / 1e6 <= 60 * min(1, size / 1769)


def test_more_memory_and_more_time_allow_more(limits_of: Callable[..., Any]) -> None:
    allowed = [limits_of(size).max_pixels(limits.OPAQUE, DECODING) for size in SIZES]
    assert allowed == sorted(set(allowed))

    hurried, patient = limits_of(1024, timeout=10), limits_of(1024, timeout=900)
    assert hurried.max_pixels(limits.OPAQUE, DECODING) < allowed[2] == patient.max_pixels(limits.OPAQUE, DECODING)
    many = [1000 * 1000] * 300
    assert not hurried.allow_animation(many[:30], DECODING)
    assert not limits_of(512).allow_animation(many[:100], DECODING)
    assert limits_of(3008).allow_animation(many[:100], DECODING)
    assert patient.allow_animation(many, DECODING)
    assert not patient.allow_animation(many * 2, DECODING)  # the output does not fit


def test_the_file_counts_while_it_is_decoded() -> None:
    room = limits.ROOM // 2
    assert limits.max_pixels(limits.OPAQUE, limits.Decoding(17, 0.06, room)) == (limits.ROOM - room) // 17
    assert limits.max_pixels(limits.OPAQUE, limits.Decoding(17, 0.06, limits.MEMORY)) == 0


def test_a_12_megapixel_photo_fits_into_256_mb(limits_of: Callable[..., Any]) -> None:
    photo = limits.Decoding(bytes_per_pixel=12, microseconds=0.06, file_bytes=2 * 6_000_000)
    assert limits_of(256).max_pixels(limits.OPAQUE, photo) > 4032 * 3024


def test_a_small_function_has_limits_too(limits_of: Callable[..., Any]) -> None:
    module = limits_of(128)
    assert 0 < 2 * module.MAX_FILE_BYTES + module.RESERVED <= module.MEMORY
    assert module.max_pixels(limits.OPAQUE, DECODING) > 2_000_000


def test_each_small_frame_costs_time(limits_of: Callable[..., Any]) -> None:
    assert limits_of(256).allow_animation([1] * limits.MAX_FRAMES, DECODING)
    assert not limits_of(256).allow_animation([1] * (limits.MAX_FRAMES + 1), DECODING)
    assert not limits_of(256, timeout=5).allow_animation([1] * limits.MAX_FRAMES, DECODING)


def webp_header(size: tuple[int, int]) -> bytes:
    """Return a WebP whose header says that it has `size`."""
    bits = size[0] - 1 | size[1] - 1 << 14
    content = webp("RGB", (16, 16), lossless=True)
    return content[:21] + bits.to_bytes(4, "little") + content[25:]


BOMBS = {
    "JPEG": lambda: sized_jpeg(*HUGE),
    "PNG": lambda: png_of(*HUGE),
    "WebP": lambda: webp_header(HUGE),
    "GIF": lambda: gif(HUGE, COLORS, [gif_image((0, 0, *HUGE), bytes(100))]),
    "GIF whose first image is larger than its canvas": lambda: gif(
        (10, 10), COLORS, [gif_image((0, 0, *HUGE), bytes(100))]
    ),
    "BMP": lambda: bmp(HUGE, 24, bytes(100)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_nothing_is_decoded_of_a_picture_over_the_limits(
    bomb: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        pytest.fail("decoded")

    content = bomb()
    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    monkeypatch.setattr(Image, "_getdecoder", fail)

    with pytest.raises(Rejected) as rejected:
        decode(content)

    assert rejected.value.code in ("too-many-pixels", "truncated")


ANIMATIONS = {"GIF": partial(animated_gif, 0), "PNG": partial(animated_png, False), "WebP": animated_webp}


@pytest.mark.parametrize("animation", ANIMATIONS.values(), ids=ANIMATIONS)
def test_only_the_first_frame_of_an_animation_over_the_limits_is_decoded(
    animation: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = animation()
    whole = decode(content)
    monkeypatch.setattr(limits, "allow_animation", lambda *_: False)
    monkeypatch.setattr(decoding, "compose", only_one(decoding.compose))

    picture = decode(content)

    assert picture.frames is None
    assert picture.still.tobytes() == whole.still.tobytes()
    assert picture.note.startswith("first frame only: 3 frames of ")


def only_one(compose: Callable[..., Any]) -> Callable[..., Any]:
    """Return `compose`, which fails if it is asked for a second picture."""

    def first(source: Any) -> Any:
        yield next(compose(source))
        pytest.fail("a second frame was decoded")

    return first


@pytest.mark.parametrize("make", [partial(huge_gif_frames, 1), huge_apng_frame], ids=["GIF", "APNG"])
def test_no_frame_needs_more_memory_than_its_canvas(make: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    content, sizes, new = make(), [], Image.new

    def note_size(mode: str, size: tuple[int, int], *color: Any) -> Image.Image:
        sizes.append(size)
        return new(mode, size, *color)

    monkeypatch.setattr(Image, "new", note_size)

    decode(content)

    assert set(sizes) == {(10, 10)}


DECOMPRESSION_BOMB = """
import sys, warnings
from io import BytesIO
from imaging import decode, limits
from PIL import Image
assert Image.MAX_IMAGE_PIXELS == limits.ROOM // limits.OPAQUE.bytes_per_pixel
try:
    Image.open(BytesIO(sys.stdin.buffer.read()))
except Image.DecompressionBombWarning:
    print("refused")
"""


def test_pillows_own_limit_is_an_error() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DECOMPRESSION_BOMB],
        input=png_of(10_000, 10_000),
        env={"PYTHONPATH": str(LAMBDA)},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert ended.stdout == b"refused\n"


FILES = {
    "jpeg": jpeg("RGB", (64, 64)),
    "png": png(2, 8, (64, 64)),
    "webp": webp("RGB", (64, 64)),
    "gif": noise_gif((64, 64)),
    "apng": apng((16, 16), 2),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_picture_keeps_neither_its_file_nor_its_decoder(content: bytes) -> None:
    assert type(decode(content).still) is Image.Image
    assert vars(decode(content).still).keys() <= vars(Image.new("RGB", (1, 1))).keys()


def test_metadata_is_not_copied() -> None:
    text = png_chunk(b"teXt", bytes(100_000))
    content = png(2, 8, (16, 16))
    assert decode(content[:33] + text + content[33:]).still.tobytes() == decode(content).still.tobytes()
