"""The change to the variants that README.md shows works as printed."""

import json
import re

from PIL import Image

from pipeline.lib.paths import ROOT
from tests.customizing import add_row, assign
from tests.docs.checkout import Checkout

DIFF = re.compile(r"```diff\n(.*?)```", re.DOTALL)
NAMES = re.compile(r'^    Variant\("(\w+)"', re.MULTILINE)


def apply(diff: str, code: str) -> str:
    """Return `code` with the lines that `diff` adds: constants and rows of VARIANTS."""
    for line in re.findall(r"^\+(.*)$", diff, re.MULTILINE):
        name, _, value = line.partition(" = ")
        code = assign(code, name, value) if value else add_row(code, line)
    return code


def test_qualities_thumbnail_and_a_sixth_variant(stack: Checkout) -> None:
    module = stack.directory / "lambda/lambda_function.py"
    original = module.read_text()
    (diff,) = DIFF.findall((ROOT / "README.md").read_text())
    changed = apply(diff, original)
    made = stack.directory / "made"
    try:
        assert stack.run("pipeline upload photo.jpg --prefix earlier/").status == 0
        module.write_text(changed)
        assert stack.run("make up").status == 0
        again = stack.run("pipeline backfill earlier/ --json 2>/dev/null")
        (line,) = [json.loads(line) for line in again.output.splitlines()]
        assert (line["state"], line["objects"].keys()) == ("complete", set(NAMES.findall(changed)))
        uploaded = stack.run("pipeline upload photo.jpg --prefix yours/ --json 2>/dev/null")
        (line,) = [json.loads(line) for line in uploaded.output.splitlines()]
        assert line["state"] == "complete"
        assert line["objects"].keys() == set(NAMES.findall(changed)) >= {"preview", "thumbnail", "webp"}
        for name in ("thumbnail", "preview", "webp"):
            assert stack.run(f".venv/bin/awslocal s3 cp {line['objects'][name]} {made / name}").status == 0
        with Image.open(made / "thumbnail") as thumbnail, Image.open(made / "preview") as preview:
            assert max(thumbnail.size) == 320
            assert (preview.format, max(preview.size)) == ("WEBP", 800)
        with Image.open(made / "webp") as webp:
            assert webp.size == (1000, 600)
    finally:
        module.write_text(original)
        stack.run("make up")


def test_another_quality_makes_earlier_variants_outdated_until_the_backfill(stack: Checkout) -> None:
    module = stack.directory / "lambda/lambda_function.py"
    original = module.read_text()

    def states() -> dict[str, int]:
        counts: dict[str, int] = json.loads(stack.run("pipeline status quality/ --json 2>/dev/null").output)
        return {state: count for state, count in counts.items() if count}

    try:
        assert stack.run("pipeline upload photo.jpg --prefix quality/").status == 0
        assert states() == {"complete": 1, "uploads": 1}
        module.write_text(assign(original, "THUMBNAIL_SIZE", "(100, 100)"))
        assert stack.run("make up").status == 0
        assert states() == {"outdated": 1, "uploads": 1}
        assert stack.run("make backfill ARGS=quality/").status == 0
        assert states() == {"complete": 1, "uploads": 1}
    finally:
        module.write_text(original)
        stack.run("make up")
