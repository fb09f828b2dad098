"""A copy of this checkout that deploys to an emulated account."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.lib.paths import FUNCTION, LAMBDA, LAYER, ROOT, STATE
from pipeline.stacks.function_code import function_modules

COPIED = ("Makefile", "lambda", "pipeline", "scripts", "terraform")
NOT_COPIED = (
    "__pycache__",
    ".terraform",
    ".build",
    "*.tfstate*",
    "*.tfvars",
    "*.zip",
    "tfplan",
    "function",
    "backend.tf",
)
MAX_SECONDS = 300


class Checkout:
    """The copy in `directory`, whose commands run with `environment` in place of the caller's AWS settings.

    Its layer is empty and its function isn't compiled, because the emulator runs functions on this machine's Python.
    """

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self.terraform = directory / "terraform"
        self.environment = environment
        for name in COPIED:
            source, copy = ROOT / name, directory / name
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
            else:
                shutil.copy(source, copy)
        self.build()

    def build(self) -> None:
        """Put a layer and a function where the build scripts put them."""
        for module in function_modules():
            copy = self.terraform / FUNCTION.name / module.relative_to(LAMBDA)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.directory / "lambda" / module.relative_to(LAMBDA), copy)
        with zipfile.ZipFile(self.terraform / LAYER.name, "w") as archive:
            archive.writestr("python/README", "Pillow comes from this machine's Python.")

    def run(
        self, *command: str, answer: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` with `answer` on its standard input, and return it with all of its output in `stdout`."""
        return subprocess.run(
            command,
            cwd=self.directory,
            env={**_environment(), **self.environment, **(environment or {})},
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=MAX_SECONDS,
            check=False,
        )


def _environment() -> dict[str, str]:
    """Return this process's environment without what would reach or change another deployment."""
    foreign = ("AWS_", "TF_VAR_", "TF_WORKSPACE", "TF_DATA_DIR", "TF_CLI_ARGS", "MAKE", "MFLAGS", "STACK")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    cache = STATE / "plugins"  # shared by all copies, because the provider takes several hundred megabytes
    cache.mkdir(parents=True, exist_ok=True)
    return kept | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TF_IN_AUTOMATION": "1",
        "TF_PLUGIN_CACHE_DIR": os.environ.get("TF_PLUGIN_CACHE_DIR", str(cache)),
    }
