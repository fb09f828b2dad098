"""What README says of changing the variants, typed in."""

import json
import re

from PIL import Image

from pipeline.lib.paths import ROOT
from tests.docs.checkout import Checkout

DIFF = re.compile(r"```diff\n(.*?)```", re.DOTALL)


def changed(code: str, diff: str) -> str:
    """CODE with the lines of DIFF: each run of "-" becomes the "+" below it."""
    for removed, added in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", diff, re.MULTILINE):
        before, after = (re.sub(r"^[-+]", "", lines, flags=re.MULTILINE) for lines in (removed, added))
        assert code.count(before) == 1, before
        code = code.replace(before, after)
    return code


def test_a_larger_thumbnail_and_a_sixth_variant(running: Checkout) -> None:
    module = running.directory / "lambda/lambda_function.py"
    original = module.read_text()
    (diff,) = DIFF.findall((ROOT / "README.md").read_text())
    made = running.directory / "made"
    try:
        module.write_text(changed(original, diff))
        assert running.run("make up").status == 0
        uploaded = running.run("pipeline upload photo.jpg --prefix yours/ --json 2>/dev/null")
        (line,) = [json.loads(line) for line in uploaded.output.splitlines()]
        assert line["state"] == "complete"
        assert len(line["objects"]) == 6
        for name in ("thumbnail", "preview", "webp"):
            assert running.run(f".venv/bin/awslocal s3 cp {line['objects'][name]} {made / name}").status == 0
        with Image.open(made / "thumbnail") as thumbnail, Image.open(made / "preview") as preview:
            assert max(thumbnail.size) == 320
            assert (preview.format, max(preview.size)) == ("WEBP", 800)
        with Image.open(made / "webp") as webp:
            assert webp.size == (1000, 600)
    finally:
        module.write_text(original)
        running.run("make up")
