"""The contact sheet: the data in the page. tests/browser tests how it looks and behaves."""

import re
import tracemalloc
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from pipeline.contact_sheet import page as page_module
from pipeline.contact_sheet import previews
from pipeline.contact_sheet.charts import make_charts
from pipeline.contact_sheet.entries import Entry, ImageFile
from pipeline.contact_sheet.page import write_sheet
from pipeline.contact_sheet.previews import inspect, inspect_source, inspect_variant
from pipeline.contact_sheet.timing import add_timings
from pipeline.contact_sheet.totals import sum_up
from pipeline.contact_sheet.wording import duration, share
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.logs import Record
from tests.browser import screenshots
from tests.contact_sheets import entry, picture_in, rows_in, written


@pytest.fixture
def picture(tmp_path: Path) -> ImageFile:
    return picture_in(tmp_path)


def test_a_row_has_the_numbers_of_the_files(tmp_path: Path, picture: ImageFile) -> None:
    made = entry("a.png", picture, bytes=4 * picture.bytes, milliseconds=1234)
    (row,) = rows_in(written(tmp_path / "index.html", [made]).page.read_text())
    assert (row["bytes"], row["milliseconds"], row["time"]) == (4 * picture.bytes, 1234, "1.23 s")
    assert [each["name"] for each in row["variants"]] == [variant.name for variant in VARIANTS]
    for each in row["variants"]:
        assert (each["width"], each["height"], each["bytes"]) == (40, 30, picture.path.stat().st_size)
        assert (each["format"], each["share"], each["time"]) == ("PNG", "25%", "20 ms")
        assert each["steps"] == "encode 10 ms, write 10 ms"


def test_times_that_are_not_in_the_log_are_dashes(tmp_path: Path, picture: ImageFile) -> None:
    made = entry("a.png", picture)
    html = written(tmp_path / "index.html", [Entry(made.outcome, picture, made.variants)]).page.read_text()
    (row,) = rows_in(html)
    assert (row["milliseconds"], row["time"]) == (None, "–")  # noqa: RUF001
    assert {each["time"] for each in row["variants"]} == {"–"}  # noqa: RUF001
    assert "log has no times" in html


def test_each_state_has_its_command(tmp_path: Path) -> None:
    made = [entry("a", state="failed", reason="no <b>room</b>"), entry("b", state="pending"), entry("c", bytes=0)]
    failed, pending, empty = rows_in(written(tmp_path / "index.html", made).page.read_text())
    assert (failed["reason"], failed["command"]) == ("no <b>room</b>", "make redrive STACK=embedded")
    assert pending["command"] == "make backfill STACK=embedded"
    assert "no variant exists" in pending["reason"]
    assert (empty["command"], empty["bytes"]) == ("", 0)


def test_a_partial_upload_shows_its_variants_and_the_reason(tmp_path: Path, picture: ImageFile) -> None:
    whole = entry("a.png", picture)
    outcome = replace(whole.outcome, state="partial", keys={"low": "low"})
    made = Entry(outcome, picture, {"low": picture})
    (row,) = rows_in(written(tmp_path / "index.html", [made]).page.read_text())
    assert [each["name"] for each in row["variants"]] == ["low"]
    assert row["reason"].startswith(f"1 of {len(VARIANTS)} variants")


def test_uploads_of_the_same_name_are_numbered_by_time(tmp_path: Path, picture: ImageFile) -> None:
    times = [datetime(2026, 1, day, tzinfo=UTC) for day in (3, 1, 2)]
    made = [entry("a.png", picture, since=time) for time in times] + [entry("b.png", picture)]
    rows = rows_in(written(tmp_path / "index.html", made).page.read_text())
    assert [(row["name"], row["version"], row["since"][:10]) for row in rows] == [
        ("a.png", "version 1 of 3", "2026-01-01"),
        ("a.png", "version 2 of 3", "2026-01-02"),
        ("a.png", "version 3 of 3", "2026-01-03"),
        ("b.png", "", ""),
    ]


def test_the_note_about_a_reduced_animation_is_shown(tmp_path: Path, picture: ImageFile) -> None:
    note = "first frame only: 450 frames of 640 x 360 pixels"
    (row,) = rows_in(written(tmp_path / "index.html", [entry("a.png", picture, animation=note)]).page.read_text())
    assert row["animation"] == note


def test_an_interrupted_run_keeps_the_previous_sheet(tmp_path: Path, picture: ImageFile) -> None:
    page = written(tmp_path / "index.html", [entry("a.png", picture)]).page
    before = page.read_text()
    gone = ImageFile(tmp_path / "gone", 10, "PNG", 4, 3)
    with pytest.raises(FileNotFoundError):
        written(page, [entry("b.png", gone)])
    assert page.read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-40x30", "index.html"]


def test_small_pictures_are_in_the_page_byte_for_byte(tmp_path: Path, picture: ImageFile) -> None:
    content = picture.path.read_bytes()
    sheet = written(tmp_path / "index.html", [entry("a.png", picture)])
    html = sheet.page.read_text()
    assert sheet.folder is None
    assert b64decode(html.partition('data-type="image/png">')[2].partition("<")[0]) == content
    assert html.count('data-type="image/png"') == 1, "the same file is there once"


def test_a_large_picture_is_next_to_the_page_and_its_preview_is_in_it(tmp_path: Path) -> None:
    large = inspect_variant(noise_in(tmp_path))
    assert large
    content = large.path.read_bytes()
    sheet = written(tmp_path / "my sheet.html", [entry("a.png", large)])
    html = sheet.page.read_text()
    assert sheet.folder == tmp_path / "my sheet.pictures"
    assert [(path.name, path.read_bytes()) for path in sheet.folder.iterdir()] == [("0-png.png", content)]
    (row,) = rows_in(html)
    assert (row["source"]["address"], row["source"]["preview"]) == ("my%20sheet.pictures/0-png.png", "#0-png-preview")
    with Image.open(BytesIO(b64decode(html.partition('data-type="image/webp">')[2].partition("<")[0]))) as preview:
        assert preview.size == (320, 240)
    assert len(html) < 2 * len(content)


def test_a_page_of_very_many_pictures_contains_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MAX_PAGE", 1_000)
    large = inspect_variant(noise_in(tmp_path))
    assert large
    sheet = written(tmp_path / "index.html", [entry("a.png", large)])
    assert sheet.folder
    assert sorted(path.name for path in sheet.folder.iterdir()) == ["0-png-preview.webp", "0-png.png"]
    assert "data-type" not in sheet.page.read_text().partition('id="rows"')[2].partition('type="module"')[0]


def test_a_sheet_replaces_the_previous_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MAX_PAGE", 0)
    written(tmp_path / "index.html", [entry("a.png", picture_in(tmp_path, (10, 10)))])
    sheet = written(tmp_path / "index.html", [entry("b.png", picture_in(tmp_path, (20, 20)))])
    assert sheet.folder
    assert [path.name for path in sheet.folder.iterdir()] == ["0-20x20.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "index.pictures"]


def test_memory_does_not_grow_with_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MAX_EMBEDDED", 20_000_000)
    path = tmp_path / "0-large"
    path.write_bytes(bytes(20_000_000))
    large = ImageFile(path, 20_000_000, "PNG", 1000, 1000)
    tracemalloc.start()
    sheet = written(tmp_path / "index.html", [entry("a.png", large)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sheet.page.stat().st_size > 20_000_000
    assert peak < 5_000_000


def test_names_are_data(tmp_path: Path) -> None:
    names = ['"quoted"', "</script><script>alert(1)</script>", "<!--<script>", "{{ 7 * 7 }}"]
    html = written(
        tmp_path / "index.html", [entry(name, state="rejected", reason=name) for name in names]
    ).page.read_text()
    assert sorted(row["name"] for row in rows_in(html)) == sorted(names)
    assert "<script>alert" not in html
    assert "<!--" not in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", "a\\nb"), ("\u202egpj.exe", "\\u202egpj.exe"), ("\x9b31m", "\\x9b31m"), ("\x1b[2J", "\\x1b[2J")],
)
def test_control_characters_are_shown_escaped(text: str, shown: str, tmp_path: Path) -> None:
    made = Entry(replace(entry(text, state="rejected", reason=text).outcome, animation=text), None, {})
    html = write_sheet(tmp_path / "index.html", [made], f"s3://uploads/{text}", {}).page.read_text()
    (row,) = rows_in(html)
    assert (row["name"], row["reason"], row["animation"]) == (shown, shown, shown)
    assert f'<bdi dir="ltr">s3://uploads/{shown}</bdi>' in html


def test_the_totals_compare_like_with_like(picture: ImageFile) -> None:
    made = [entry("a", picture, bytes=1000), entry("b", picture, bytes=500), entry("c", state="rejected", bytes=9000)]
    sums = sum_up(made)
    assert (sums.states["complete"], sums.states["rejected"]) == (2, 1)
    assert sums.bytes_in == 1500, "a rejected original has nothing to be compared with"
    assert sums.bytes_out == 2 * len(VARIANTS) * picture.bytes
    assert sums.bytes_saved == 1500 - 2 * picture.bytes
    assert sums.by_step["decode"] == 10
    assert sums.slowest_step
    assert sums.slowest_step[1] == 20


def test_the_thumbnail_saves_nothing(picture: ImageFile) -> None:
    made = entry("a", picture, bytes=1000)
    tiny = ImageFile(picture.path, 1, "JPEG", 4, 3)
    assert sum_up([Entry(made.outcome, picture, {**made.variants, "thumbnail": tiny})]).bytes_smallest == picture.bytes


def test_the_charts_have_descriptions(picture: ImageFile) -> None:
    space, time = make_charts(sum_up([entry("a", picture, bytes=4 * picture.bytes)]))
    assert [bar.label for bar in space.bars] == ["originals", *(variant.name for variant in VARIANTS)]
    assert [sum(bar.parts) for bar in space.bars] == [4 * picture.bytes, *[picture.bytes] * len(VARIANTS)]
    assert "25%" in space.description
    assert time.bars[-1].parts == (10, 10)
    assert make_charts(sum_up([])) == []


def test_a_bar_much_longer_than_100_percent_is_cut_off(tmp_path: Path, picture: ImageFile) -> None:
    def bars(original: int) -> list[float]:
        html = written(tmp_path / "index.html", [entry("a", picture, bytes=original)]).page.read_text()
        chart = html.partition('aria-labelledby="bytes-title')[2].partition("</svg>")[0]
        assert ("broken" in chart) == ("gap" in chart) == (original < picture.bytes)
        return [float(width) for width in re.findall(r'<rect .* width="([\d.]+)"', chart)]

    assert bars(picture.bytes // 4) == pytest.approx([200 / 1.5, *[200] * len(VARIANTS)], abs=0.1)
    assert bars(picture.bytes * 4) == pytest.approx([200, *[50] * len(VARIANTS)], abs=0.5)


@pytest.mark.parametrize(("orientation", "size"), [(1, (40, 30)), (6, (30, 40)), (9, (40, 30))])
def test_a_picture_has_its_upright_size(orientation: int, size: tuple[int, int], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (40, 30)).save(tmp_path / "a", "JPEG", exif=exif)
    found = inspect(tmp_path / "a")
    assert found
    assert (found.format, found.width, found.height) == ("JPEG", *size)


def test_the_decoder_makes_the_preview_of_a_source(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(noise_in(tmp_path)) as noise:
        noise.convert("CMYK").save(tmp_path / "0-source", "JPEG", exif=exif)
    found = inspect_source(tmp_path / "0-source")
    assert found
    assert found.preview
    assert (found.width, found.height, found.preview.width, found.preview.height) == (300, 400, 240, 320)
    with Image.open(found.preview.path) as preview:
        assert (preview.format, preview.mode) == ("WEBP", "RGB")


def test_a_source_that_only_the_decoder_reads_is_shown_as_its_preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "FORMATS", {})
    found = inspect_source(only_decodable_in(tmp_path))
    assert found
    assert (found.format, found.shown) == ("PNG", False)
    sheet = written(tmp_path / "index.html", [replace(entry("a.heic"), source=found)])
    (row,) = rows_in(sheet.page.read_text())
    assert (row["source"]["address"], row["source"]["preview"]) == (None, "#0-source-preview")
    assert sheet.folder is None, "a browser can't show the file itself"


def test_a_rejected_source_has_no_preview(tmp_path: Path) -> None:
    path = noise_in(tmp_path)
    path.write_bytes(path.read_bytes()[:-20_000])
    found = inspect_source(path)
    assert found
    assert (found.shown, found.preview) == (True, None)


@pytest.mark.parametrize(("mode", "transparent"), [("RGB", False), ("RGBA", True)])
def test_transparency_is_known(mode: str, transparent: bool, tmp_path: Path) -> None:
    for form in ("PNG", "WEBP"):
        Image.new(mode, (40, 30), (1, 2, 3, 4)[: len(mode)]).save(tmp_path / form, form)
        found = [inspected(tmp_path / form) for inspected in (inspect_source, inspect_variant)]
        assert [each.transparent for each in found if each] == [transparent] * 2


def noise_in(folder: Path) -> Path:
    Image.effect_noise((400, 300), 50).save(folder / "0-png", "PNG")
    return folder / "0-png"


def only_decodable_in(folder: Path) -> Path:
    Image.new("RGB", (400, 300), "teal").save(folder / "0-source", "PNG")
    return folder / "0-source"


def test_files_that_browsers_cannot_show_are_not_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text").write_text("Dear Sir or Madam")
    Image.new("RGB", (4, 3)).save(tmp_path / "tiff", "TIFF")
    Image.new("RGB", (100, 100)).save(tmp_path / "bomb", "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 7_000)
    assert [inspect(tmp_path / name) for name in ("text", "tiff", "bomb")] == [None] * 3


def test_the_sheet_waits_for_times_and_uses_the_latest_one(picture: ImageFile, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Entry(entry("a", picture).outcome, picture, {})
    asked = []

    def find_records(*_: Any) -> Iterator[Any]:
        asked.append(1)
        for milliseconds in ([], [], [70, 80])[len(asked) - 1]:
            yield line(made, milliseconds)

    monkeypatch.setattr("pipeline.contact_sheet.timing.find_records", find_records)
    (found,) = add_timings(DEPLOYMENT, [made], 0, seconds=60)
    assert found.timing
    assert (found.timing.total, found.timing.steps, len(asked)) == (80, {"read": 1}, 3)


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_without_a_log_there_are_no_times(code: str, picture: ImageFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_records(*_: Any) -> Iterator[Any]:
        raise ClientError({"Error": {"Code": code}}, "FilterLogEvents")

    monkeypatch.setattr("pipeline.contact_sheet.timing.find_records", find_records)
    (found,) = add_timings(DEPLOYMENT, [Entry(entry("a", picture).outcome, picture, {})], 0)
    assert found.timing is None


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0, "0 ms"), (999, "999 ms"), (1000, "1.00 s"), (61_234, "61.23 s")]
)
def test_durations(milliseconds: int, text: str) -> None:
    assert duration(milliseconds) == text


@pytest.mark.parametrize(("part", "text"), [(1, "0.1%"), (99, "9.9%"), (100, "10%"), (2500, "250%"), (-50, "-5.0%")])
def test_shares(part: int, text: str) -> None:
    assert share(part, 1000) == text


@pytest.mark.parametrize("scheme", screenshots.FILES)
def test_the_pictures_in_the_readme_show_this_design(scheme: str) -> None:
    with Image.open(screenshots.FILES[scheme]) as picture:
        assert picture.info.get(screenshots.DIGEST) == screenshots.digest(), "out of date: run `make screenshots`"


DEPLOYMENT = Deployment("upload", "processed", "processor", "http://queue", "us-east-1")


def line(made: Entry, milliseconds: int) -> Any:
    fields = {"id": made.outcome.upload.id, "version": "v", "milliseconds": milliseconds, "steps": {"read": 1}}
    return Record(datetime.now(UTC), "", "INFO", "upload processed", fields)
