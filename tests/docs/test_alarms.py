"""docs/operations.md has a section for each alarm, to which the alarm's description links."""

import pytest

from pipeline.lib.paths import ROOT
from pipeline.stacks.monitoring import read_alarms
from tests.docs.test_links import anchors


@pytest.mark.parametrize("trigger", ["notification", "eventbridge"])
def test_each_alarm_has_its_section(trigger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_trigger", trigger)
    assert read_alarms().keys() <= anchors(ROOT / "docs/operations.md")
