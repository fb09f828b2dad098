"""`make dev` deploys what you save in lambda/. The stack keeps it after `make dev` ends."""

import json
from pathlib import Path

from PIL import Image

from tests.customizing import assign
from tests.docs.checkout import Checkout, wait_for


def thumbnail(checkout: Checkout, name: str) -> tuple[int, int]:
    """Upload the photo under `name`/ and return the size of its thumbnail."""
    uploaded = checkout.run(f"pipeline upload photo.jpg --prefix {name}/ --json 2>/dev/null")
    address = json.loads(uploaded.output)["objects"]["thumbnail"]
    fetched = Path(checkout.directory, f"{name}.jpg")
    assert checkout.run(f".venv/bin/awslocal s3 cp {address} {fetched}").status == 0
    with Image.open(fetched) as picture:
        return picture.size


def test_saved_code_runs_a_second_later(stack: Checkout) -> None:
    module = stack.directory / "lambda/lambda_function.py"
    original = module.read_text()
    try:
        with stack.running("make dev", "Ctrl-C ends it") as output:
            module.write_text("def (\n")
            wait_for("lambda_function.py: ", output)
            assert "invalid syntax" in output.read_text()
            module.write_text(assign(original, "THUMBNAIL_SIZE", "(123, 123)"))
            wait_for("lambda_function.py: live after", output)
            assert max(thumbnail(stack, "while")) == 123
        assert max(thumbnail(stack, "after")) == 123
        assert "nothing has changed" in stack.run("make up").output
    finally:
        module.write_text(original)
        stack.run("make up")
