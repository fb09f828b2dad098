"""Apply the Terraform configuration to LocalStack, from a working copy.

The emulator's override file and state never mix with those of a real deployment.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from pipeline.lib.local_http import open_local
from pipeline.lib.paths import FUNCTION, LAMBDA, STATE, TERRAFORM
from pipeline.lib.shell import run
from pipeline.stacks import Say
from pipeline.stacks.function_code import function_modules

# As an argument: the script's own first line doesn't work if the path of the checkout contains a space.
TFLOCAL = (sys.executable, str(Path(sys.executable).parent / "tflocal"))
NO_CHANGES, CHANGES = 0, 2  # exit codes of `terraform plan -detailed-exitcode`
LOCAL_HOSTS = "localhost,127.0.0.1,.localhost.localstack.cloud,localhost.localstack.cloud"

NOT_COPIED = (".terraform", ".build", "*.tfstate*", "tfplan", "*_override.tf", "backend.tf")  # a real deployment's
FOREIGN = ("TF_DATA_DIR", "TF_WORKSPACE", "TF_CLI_ARGS")  # settings for the caller's use of Terraform


class WorkingCopy:
    """A copy of terraform/ and lambda/ in `directory`, with its Terraform state."""

    def __init__(self, directory: Path, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._terraform = directory / "terraform"
        self._lambda = directory / "lambda"
        self._session = directory / "session"  # the LocalStack session that the state belongs to

    def apply(self, say: Say) -> dict[str, Any]:
        """Apply the configuration if it differs from the state, and return Terraform's outputs (name -> value)."""
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

    def destroy(self, say: Say) -> None:
        """Delete everything that was applied, and the objects in its buckets."""
        say("terraform destroy")
        for command in ("apply", "destroy"):  # Terraform empties only buckets that were applied with force_destroy
            self._run(command, "-auto-approve", "-var=force_destroy=true")

    def outputs(self) -> dict[str, Any]:
        """Return the outputs in the state, without a request to LocalStack."""
        command = ("terraform", "output", "-json", "-no-color")
        printed = run(*command, cwd=self._terraform, environment=environment(self.endpoint_url)).stdout
        return {name: output["value"] for name, output in json.loads(printed).items()}

    def exists(self) -> bool:
        """Return whether the configuration was applied to the running LocalStack."""
        return (self._terraform / "terraform.tfstate").exists() and self._recorded_session() == self._running_session()

    def _forget_other_sessions(self, say: Say) -> None:
        # LocalStack keeps nothing across a restart, so an older state describes resources that no longer exist.
        session = self._running_session()
        if self._recorded_session() not in (None, session):
            say("LocalStack restarted and is empty: applying everything again")
            shutil.rmtree(self._session.parent)
        self._session.parent.mkdir(parents=True, exist_ok=True)
        self._session.write_text(session)

    def _copy(self) -> None:
        self._terraform.mkdir(parents=True, exist_ok=True)
        for stale in self._terraform.glob("*.tf"):  # deleted files, and the leftovers of a killed tflocal
            stale.unlink()
        shutil.rmtree(self._terraform / FUNCTION.name, ignore_errors=True)
        shutil.copytree(
            TERRAFORM,
            self._terraform,
            ignore=shutil.ignore_patterns(*NOT_COPIED),
            dirs_exist_ok=True,
        )
        shutil.rmtree(self._lambda, ignore_errors=True)
        for module in function_modules():
            copy = self._lambda / module.relative_to(LAMBDA)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, copy)

    def _run(self, command: str, *arguments: str, accept: tuple[int, ...] = (0,)) -> int:
        return run(
            *TFLOCAL,
            command,
            "-input=false",
            "-no-color",
            *arguments,
            cwd=self._terraform,
            environment=environment(self.endpoint_url),
            accept=accept,
            remedy="if LocalStack is broken, run `make down` and `make up`",
        ).returncode

    def _recorded_session(self) -> str | None:
        return self._session.read_text() if self._session.exists() else None

    def _running_session(self) -> str:
        try:
            with open_local(f"{self.endpoint_url}/_localstack/info") as answer:
                info: dict[str, Any] = json.load(answer)
        except HTTPError:  # another engine, where Terraform itself finds what is missing
            return self.endpoint_url
        return str(info["session_id"])


def environment(endpoint_url: str) -> dict[str, str | None]:
    """Return the environment for Terraform and tflocal, without the caller's AWS settings."""
    cache = STATE / "plugins"  # shared by all copies, because the provider takes several hundred megabytes
    cache.mkdir(parents=True, exist_ok=True)
    return {
        **dict.fromkeys(name for name in os.environ if name.startswith("AWS_") or name in FOREIGN),
        "AWS_ENDPOINT_URL": endpoint_url,
        "S3_HOSTNAME": "localhost",  # path style, which needs no wildcard DNS
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **{name: f"{os.environ.get(name, '')},{LOCAL_HOSTS}" for name in ("NO_PROXY", "no_proxy")},
        "TF_PLUGIN_CACHE_DIR": os.environ.get("TF_PLUGIN_CACHE_DIR", str(cache)),
        "DISABLE_DEPRECATION_NOTICE": "1",
    }
