"""A copy of this checkout that deploys to an emulated account."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.lib.paths import ROOT, STATE
from tests.account import docker
from tests.docs.checkout import check_installed
from tests.programs import Finished, add, run

COPIED = ("Makefile", "lambda", "pipeline", "pyproject.toml", "requirements.txt", "scripts", "terraform")
NOT_COPIED = (
    *("__pycache__", ".terraform", ".build", "*.tfstate*", "*.tfvars", "*.zip", "tfplan", "function"),
    *("backend.tf", "localstack_providers_override.tf"),
)
FOREIGN = ("AWS_", "TF_VAR_", "TF_WORKSPACE", "TF_DATA_DIR", "TF_CLI_ARGS", "MAKE", "MFLAGS", "STACK", "AUTO_APPROVE")
MAX_SECONDS = 300


class Checkout:
    """The copy in `directory`, whose commands run with `environment` in place of the caller's AWS settings."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        check_installed()
        self.directory = directory
        self.terraform = directory / "terraform"
        self.programs = directory / ".programs"
        self._environment = environment
        directory.mkdir(exist_ok=True)
        for name in COPIED:
            source, copy = ROOT / name, directory / name
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
            else:
                shutil.copy2(source, copy)
        (directory / ".venv").symlink_to(ROOT / ".venv")
        self.programs.mkdir()
        add(self.programs, "docker", f'exec "{sys.executable}" "{docker.__file__}" "$@"')

    def run(self, *command: str, **environment: str) -> Finished:
        """Run `command` and wait until it ends."""
        return run(command, self.directory, self._own_environment() | {**self._environment, **environment}, MAX_SECONDS)

    def succeed(self, *command: str) -> str:
        """Run `command`, check that it succeeds, and return its output."""
        finished = self.run(*command)
        assert finished.status == 0, finished.output
        return finished.output

    def apply(self) -> dict[str, str]:
        """Apply the Terraform configuration without asking, and return its outputs (name -> value)."""
        self.succeed("make", "--silent", "terraform/pillow_layer.zip", "terraform/function")
        self.succeed("terraform", "-chdir=terraform", "init", "-input=false", "-no-color")
        self.succeed("terraform", "-chdir=terraform", "apply", "-auto-approve", "-input=false", "-no-color")
        return self.outputs()

    def outputs(self) -> dict[str, str]:
        """Return the outputs of Terraform (name -> value)."""
        printed = self.run("terraform", "-chdir=terraform", "output", "-json").output
        return {name: output["value"] for name, output in json.loads(printed).items()}

    def _own_environment(self) -> dict[str, str]:
        """Return this process's environment without what would reach or change another deployment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        cache = STATE / "plugins"  # shared by all copies, because the provider takes several hundred megabytes
        cache.mkdir(parents=True, exist_ok=True)
        return kept | {
            "PATH": f"{self.programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.directory),
            "PYTHONPATH": str(self.directory),  # .venv/bin/pipeline would run this process's checkout
            "TF_IN_AUTOMATION": "1",
            "TF_PLUGIN_CACHE_DIR": os.environ.get("TF_PLUGIN_CACHE_DIR", str(cache)),
        }
