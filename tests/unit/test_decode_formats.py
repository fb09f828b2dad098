"""The registry of input formats, and everything that must match it."""

import os
import re
import subprocess
import sys

import pytest

from imaging import formats
from imaging.decode import decode
from imaging.formats import GZIP, INPUT_FORMATS, UNSUPPORTED_FORMATS, InputFormat
from imaging.rejection import Rejected, list_formats
from pipeline.lib.paths import ROOT
from tests.corpus import CASES

NAMES = [form.name for form in INPUT_FORMATS]
KNOWN = "|".join(re.escape(name) for name in (*NAMES, *UNSUPPORTED_FORMATS) if name != "video")
LISTS = re.compile(rf"(?:(?:{KNOWN}), ){{2,}}(?:and |or )(?:{KNOWN})")


def by_name(form: InputFormat) -> str:
    return form.name


@pytest.mark.parametrize("document", ["README.md", "docs/formats.md", "docs/application.md"])
def test_documents_list_exactly_the_input_formats(document: str) -> None:
    lists = LISTS.findall((ROOT / document).read_text())

    assert lists
    assert set(lists) <= {list_formats("and"), list_formats("or")}


def test_contributing_names_every_file_that_lists_the_input_formats() -> None:
    folders = ("docs", "examples", "lambda", "pipeline", "scripts", "terraform", "tests")
    files = [ROOT / "README.md", *(path for folder in folders for path in (ROOT / folder).rglob("*.*"))]
    read = {path: path.read_text() for path in files if path.suffix in (".md", ".py", ".html", ".tf", ".sh", ".json")}
    row = next(line for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines() if line.startswith("| an input"))

    assert {str(path.relative_to(ROOT)) for path, text in read.items() if LISTS.search(text)} <= set(
        re.findall(r"\(([\w./]+)\)", row)
    )


@pytest.mark.parametrize("form", INPUT_FORMATS, ids=by_name)
def test_the_capabilities_of_a_format_are_documented(form: InputFormat) -> None:
    can = [form.animation, form.alpha, form.profile]
    row = f"| {form.name} | " + " | ".join("yes" if each else "no" for each in can) + " |"

    assert row in (ROOT / "docs/formats.md").read_text()


@pytest.mark.parametrize("form", INPUT_FORMATS, ids=by_name)
def test_the_corpus_shows_what_a_format_can_do(form: InputFormat) -> None:
    cases = [case for case in CASES if form.signature.match(case.content)]

    assert cases
    assert form.animation == any(case.milliseconds for case in cases)
    assert form.alpha == any("A" in case.mode for case in cases)
    assert form.profile == any(case.name.startswith("profile-") for case in cases)


@pytest.mark.parametrize("form", [form for form in INPUT_FORMATS if not form.module], ids=by_name)
def test_plugins_are_imported_with_the_function(form: InputFormat) -> None:
    assert f"PIL.{form.plugin}" in sys.modules


def test_optional_formats_are_imported_with_the_first_such_file() -> None:
    code = "import sys, imaging.decode; print([name for name in ('pi_heif', 'PIL._avif') if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lambda")}

    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert ended.stdout == "[]\n"


@pytest.mark.parametrize("form", [form for form in INPUT_FORMATS if form.module], ids=by_name)
def test_a_layer_without_a_format_says_so(form: InputFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == form.module else object())
    others = [each.name for each in INPUT_FORMATS if each is not form]
    picture = next(case for case in CASES if form.signature.match(case.content))

    with pytest.raises(Rejected) as rejected:
        decode(picture.content)

    assert rejected.value.code == "unsupported-format"
    assert rejected.value.reason.startswith(f"{form.name} is not in this deployment's layer: send JPEG, PNG")
    assert rejected.value.reason.endswith(f", or {others[-1]}")


def test_a_gzipped_upload_says_so() -> None:
    content = b"\x1f\x8b\x08\0" + bytes(50)
    assert GZIP.match(content)

    with pytest.raises(Rejected, match="unsupported-format: compressed by gzip: upload the image itself"):
        decode(content)
