"""Package the function's code, and deploy it."""

import io
import zipfile
from pathlib import Path
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import DeadlineError
from pipeline.lib.paths import LAMBDA
from pipeline.lib.waiting import poll

SECONDS = 60
LAYER_SOURCES = LAMBDA / "layer"


def function_modules() -> list[Path]:
    """Return the function's Python files: those in lambda/, except for the layer's."""
    return sorted(path for path in LAMBDA.rglob("*.py") if LAYER_SOURCES not in path.parents)


def function_zip() -> bytes:
    """Return the function's current modules as a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in function_modules():
            archive.write(path, path.relative_to(LAMBDA))
    return content.getvalue()


def update_code(deployment: Deployment, **code: Any) -> None:
    """Deploy `code`, parameters of UpdateFunctionCode, to the function, and wait for the update.

    Raises:
        DeadlineError: the update takes more than a minute.
    """
    deployment.functions.update_function_code(FunctionName=deployment.function_name, **code)
    if not poll(lambda: _is_updated(deployment) or None, SECONDS):
        raise DeadlineError(f"the function has no new code after {SECONDS} s", "run `make down`, then `make up`")


def _is_updated(deployment: Deployment) -> bool:
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return configuration["LastUpdateStatus"] == "Successful"
