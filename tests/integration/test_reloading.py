"""A running stack takes changed code, and the original code again."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.invocations import NO_UPLOADS, error_of
from pipeline.lib.paths import LAMBDA
from pipeline.stacks import Stack, function_code, hot_reloading
from tests.customizing import assign
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, content_of

PNG = encoded(quarters(640, 320), "PNG")

pytestmark = pytest.mark.meddles


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deployment: Deployment, stack: Stack) -> Iterator[Path]:
    """Put a copy of lambda/ in its place. Afterwards, the function runs the original code again."""
    copy = tmp_path / "lambda"
    shutil.copytree(LAMBDA, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with monkeypatch.context() as instead:
        for module in (function_code, hot_reloading):
            instead.setattr(module, "LAMBDA", copy)
        yield copy
    stack.reload(deployment)
    hot_reloading.end(deployment)


def thumbnail(process: Process, deployment: Deployment, name: str) -> tuple[int, int]:
    outcome = process(name, PNG)
    with Image.open(BytesIO(content_of(outcome.keys["thumbnail"], deployment))) as picture:
        return picture.size


def test_each_later_upload_is_processed_by_the_changed_code(
    code: Path, stack: Stack, deployment: Deployment, process: Process
) -> None:
    module = code / "lambda_function.py"
    original = module.read_text()
    for side in (120, 60, 30):
        module.write_text(assign(original, "THUMBNAIL_SIZE", f"({side}, {side})"))
        stack.reload(deployment)
        assert thumbnail(process, deployment, f"{side}.png") == (side, side // 2)


def test_code_that_does_not_load_is_reported(code: Path, stack: Stack, deployment: Deployment) -> None:
    (code / "steps.py").write_text("def (\n")
    stack.reload(deployment)
    assert "syntax" in error_of(deployment, NO_UPLOADS)
