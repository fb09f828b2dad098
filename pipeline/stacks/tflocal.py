"""Applies the Terraform to a LocalStack, in a working copy: the override file and the state of an emulator never
meet those of a real deployment."""

import json
import os
import shutil
import sys
import urllib.request
from pathlib import Path
from typing import Any

from pipeline.lib.paths import FUNCTION, LAMBDA, STATE, TERRAFORM
from pipeline.lib.shell import run
from pipeline.stacks import Say
from pipeline.stacks.function_code import function_modules

TFLOCAL = str(Path(sys.executable).parent / "tflocal")
NO_CHANGES, CHANGES = 0, 2  # of `terraform plan -detailed-exitcode`


class WorkingCopy:
    """A copy of terraform/ and lambda/ below `directory`, and the state of what was applied from it."""

    def __init__(self, directory: Path, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._terraform = directory / "terraform"
        self._lambda = directory / "lambda"
        self._session = directory / "session"

    def apply(self, say: Say) -> dict[str, str]:
        """Applies what differs from what is there, and returns Terraform's outputs (name -> value)."""
        self._forget_other_sessions(say)
        self._copy()
        if not (self._terraform / ".terraform").exists():
            say("terraform init")
            self._run("init")
        say("terraform plan")
        if self._run("plan", "-detailed-exitcode", "-out=tfplan", accept=(NO_CHANGES, CHANGES)) == NO_CHANGES:
            say("nothing has changed")
        else:
            say("terraform apply")
            self._run("apply", "tfplan")
        return self.outputs()

    def outputs(self) -> dict[str, str]:
        """What the state says: no request is made."""
        printed = run("terraform", "output", "-json", "-no-color", cwd=self._terraform).stdout
        return {name: output["value"] for name, output in json.loads(printed).items()}

    def exists(self) -> bool:
        """Whether something was applied to the LocalStack that runs now."""
        return (self._terraform / "terraform.tfstate").exists() and self._recorded() == self._running()

    def _forget_other_sessions(self, say: Say) -> None:
        # LocalStack keeps nothing over a restart, so that a state of before describes things that are gone.
        session = self._running()
        if self._recorded() not in (None, session):
            say("LocalStack has restarted empty: applying afresh")
            shutil.rmtree(self._session.parent)
        self._session.parent.mkdir(parents=True, exist_ok=True)
        self._session.write_text(session)

    def _copy(self) -> None:
        self._terraform.mkdir(parents=True, exist_ok=True)
        for stale in self._terraform.glob("*.tf"):  # deleted files, and what a killed tflocal left
            stale.unlink()
        shutil.rmtree(self._terraform / FUNCTION.name, ignore_errors=True)
        shutil.copytree(
            TERRAFORM,
            self._terraform,
            ignore=shutil.ignore_patterns(".terraform", ".build", "*.tfstate*", "tfplan", "*_override.tf"),
            dirs_exist_ok=True,
        )
        shutil.rmtree(self._lambda, ignore_errors=True)
        for module in function_modules():
            copy = self._lambda / module.relative_to(LAMBDA)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, copy)

    def _run(self, command: str, *arguments: str, accept: tuple[int, ...] = (0,)) -> int:
        return run(
            TFLOCAL,
            command,
            "-input=false",
            "-no-color",
            *arguments,
            cwd=self._terraform,
            environment=self._environment(),
            accept=accept,
            remedy="if LocalStack is broken, `make down` and `make up` start afresh",
        ).returncode

    def _environment(self) -> dict[str, str | None]:
        cache = STATE / "plugins"  # the provider is several hundred megabytes: once, not for each copy
        cache.mkdir(parents=True, exist_ok=True)
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "S3_HOSTNAME": "localhost",  # path style, which needs no wildcard DNS
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_SESSION_TOKEN": None,
            "AWS_PROFILE": None,
            "TF_PLUGIN_CACHE_DIR": os.environ.get("TF_PLUGIN_CACHE_DIR", str(cache)),
            "DISABLE_DEPRECATION_NOTICE": "1",
        }

    def _recorded(self) -> str | None:
        return self._session.read_text() if self._session.exists() else None

    def _running(self) -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.endpoint_url}/_localstack/info", timeout=10) as answer:
            info: dict[str, Any] = json.load(answer)
        return str(info["session_id"])
