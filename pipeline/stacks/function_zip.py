"""The function's code as Lambda takes it."""

import io
import zipfile

from pipeline.paths import LAMBDA


def function_zip() -> bytes:
    """The modules of lambda/ as they are now."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(LAMBDA.glob("*.py")):
            archive.write(path, path.name)
    return content.getvalue()
