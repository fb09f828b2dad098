"""`make dev`: what is saved in lambda/ runs on the stack, and goes on to run when it has ended."""

import json
from pathlib import Path

from PIL import Image

from tests.docs.checkout import Checkout, wait_for


def thumbnail(checkout: Checkout, name: str) -> tuple[int, int]:
    """The size of the thumbnail of a new upload."""
    uploaded = checkout.run(f"pipeline upload photo.jpg --prefix {name}/ --json 2>/dev/null")
    address = json.loads(uploaded.output)["objects"]["thumbnail"]
    fetched = Path(checkout.directory, f"{name}.jpg")
    assert checkout.run(f".venv/bin/awslocal s3 cp {address} {fetched}").status == 0
    with Image.open(fetched) as picture:
        return picture.size


def test_what_is_saved_is_live(running: Checkout) -> None:
    module = running.directory / "lambda/lambda_function.py"
    original = module.read_text()
    try:
        with running.typed("make dev", "Ctrl-C ends it") as said:
            module.write_text("def (\n")
            wait_for("lambda_function.py: ", said)
            assert "invalid syntax" in said.read_text()
            module.write_text(original.replace("(200, 200)", "(123, 123)"))
            wait_for("lambda_function.py: live after", said)
            assert max(thumbnail(running, "while")) == 123
        assert max(thumbnail(running, "after")) == 123
        assert "nothing has changed" in running.run("make up").output
    finally:
        module.write_text(original)
        running.run("make up")
