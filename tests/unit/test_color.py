"""Color: profiles of primaries and curves, with the values that Chromium shows."""

import pytest
from PIL import Image

from imaging.color import in_srgb
from imaging.icc import BT_709, rgb_profile

D65 = (0.3127, 0.3290)
BT_2020 = (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
DISPLAY_P3 = (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
PRO_PHOTO = ((0.3457, 0.3585), (0.7347, 0.2653), (0.1152, 0.8264), (0.0157, 0.0177))


def shown(mode: str, color: tuple[int, ...], profile: bytes | None) -> tuple[int, ...]:
    return tuple(in_srgb(Image.frombytes(mode, (1, 1), bytes(color)), profile).tobytes())


@pytest.mark.parametrize(
    ("gamma", "points", "color", "expected"),
    [
        (1.0, BT_709, (20, 120, 230), (79, 183, 244)),
        (2.4, BT_709, (40, 120, 200), (28, 113, 197)),
        (2.8, BT_709, (40, 120, 200), (17, 98, 189)),
        (None, BT_2020, (0, 160, 0), (0, 169, 0)),
        (2.4, BT_2020, (160, 0, 0), (194, 0, 0)),
        (None, DISPLAY_P3, (160, 0, 0), (175, 0, 0)),
        (1.0, DISPLAY_P3, (160, 0, 0), (227, 0, 0)),
        (2.2, PRO_PHOTO, (160, 0, 0), (229, 0, 0)),
        (2.2, PRO_PHOTO, (120, 120, 120), (121, 121, 121)),
    ],
)
def test_primaries_and_curves_are_converted_as_chromium_does(
    gamma: float | None, points: tuple[tuple[float, float], ...], color: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert shown("RGB", color, rgb_profile(gamma, points)) == pytest.approx(expected, abs=2)


def test_the_profile_of_srgb_changes_no_pixel() -> None:
    assert shown("RGBA", (12, 34, 56, 78), rgb_profile()) == (12, 34, 56, 78)


@pytest.mark.parametrize(("mode", "alpha"), [("L", ()), ("LA", (128,))])
def test_an_rgb_profile_in_a_gray_picture_is_applied(mode: str, alpha: tuple[int, ...]) -> None:
    assert shown(mode, (120, *alpha), rgb_profile(1.0)) == (pytest.approx(183, abs=1), *alpha)


@pytest.mark.parametrize("points", [((0.0, 0.0),) * 4, (D65, (0.3, 0.3), (0.3, 0.3), (0.3, 0.3))])
def test_invalid_primaries_have_no_profile(points: tuple[tuple[float, float], ...]) -> None:
    assert rgb_profile(None, points) is None


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_broken_profile_is_ignored(mode: str) -> None:
    color = (10, 20, 30, 40)[: len(mode)]

    assert shown(mode, color, b"garbage") == color
    assert shown(mode, color, (rgb_profile() or b"")[:200]) == color
