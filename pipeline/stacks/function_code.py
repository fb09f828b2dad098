"""The function's code, as Lambda takes it."""

import io
import zipfile
from typing import Any

from pipeline.deployment import Deployment
from pipeline.errors import DeadlineError
from pipeline.paths import LAMBDA
from pipeline.waiting import poll

SECONDS = 60


def function_zip() -> bytes:
    """The modules of lambda/ as they are now."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(LAMBDA.glob("*.py")):
            archive.write(path, path.name)
    return content.getvalue()


def update_code(deployment: Deployment, **code: Any) -> None:
    """Gives the function other CODE, by the names of UpdateFunctionCode, and waits until it has it."""
    deployment.functions.update_function_code(FunctionName=deployment.function_name, **code)
    if not poll(lambda: _is_updated(deployment) or None, SECONDS):
        raise DeadlineError(f"the function has no new code after {SECONDS} s", "`make down` and `make up` start afresh")


def _is_updated(deployment: Deployment) -> bool:
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return configuration["LastUpdateStatus"] == "Successful"
