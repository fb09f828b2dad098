"""Text from elsewhere can't control a terminal."""

import json

import pytest

from pipeline.lib.errors import PipelineError
from pipeline.lib.terminal import print_details, print_json, print_line, say, show_error
from pipeline.lib.text import json_line, visible

HOSTILE = "a\x1b[31m\nb\r\x9b\x7f\u202e\u2028\ue000\udcff.png"
ESCAPED = r"a\x1b[31m\nb\r\x9b\x7f\u202e\u2028\ue000\udcff.png"


def test_control_and_format_characters_are_escaped() -> None:
    assert visible(HOSTILE) == ESCAPED


@pytest.mark.parametrize("text", ["café+crème/日本語\u3000写真.png", "C:\\photos", "[red]photo[/]", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_json_has_escapes_and_the_same_value() -> None:
    line = json_line({"key": HOSTILE, "é": "日本"})
    assert line.isprintable()
    assert "é" in line
    assert json.loads(line) == {"key": HOSTILE, "é": "日本"}


def test_everything_printed_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(HOSTILE)
    print_json(HOSTILE)
    say(HOSTILE)
    show_error(PipelineError(HOSTILE, HOSTILE))
    print_details("one\x1b\ntwo\u202e")
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == ESCAPED
    assert printed.err.splitlines() == [f"· {ESCAPED}", f"error: {ESCAPED}", f"  {ESCAPED}", r"one\x1b", r"two\u202e"]
    assert all(line.isprintable() for line in (printed.out + printed.err).splitlines())
