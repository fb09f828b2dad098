"""The variables in .env, for every command."""

from pathlib import Path

from dotenv import load_dotenv

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT


def load_environment(path: Path = ROOT / ".env") -> None:
    """Set the variables in `path` that the environment doesn't set.

    Raises:
        PipelineError: the file is not UTF-8 text.
    """
    try:
        load_dotenv(path, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PipelineError(
            f"{path.name} is not UTF-8 text (byte {error.start + 1})", "save the file as UTF-8"
        ) from error
