"""Any engine that serves AWS's API at a URL of this machine. tflocal applies the Terraform configuration to it.

You start and stop the engine yourself.
"""

import shutil
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import NotRunningError, PipelineError
from pipeline.lib.local_http import open_local
from pipeline.lib.paths import STATE
from pipeline.stacks import Functions, Say
from pipeline.stacks.building import build
from pipeline.stacks.function_code import function_zip, update_code
from pipeline.stacks.machine import MAKE, TERRAFORM_CLI, Need, check
from pipeline.stacks.tflocal import WorkingCopy

VARIABLE = "ENGINE_URL"
LOCAL = ("localhost", "127.0.0.1", "::1")


class Engine:
    """The deployment to the engine at `url`."""

    needs: ClassVar[tuple[Need, ...]] = (MAKE, TERRAFORM_CLI)
    outcome_seconds: ClassVar[float] = 120
    is_disposable: ClassVar[bool] = True
    has_alarms: ClassVar[bool] = False
    has_roles: ClassVar[bool] = True
    functions: ClassVar[Functions] = "out of reach"

    def __init__(self, url: str, directory: Path = STATE / "engine") -> None:
        self.url = _local(url)
        self.directory = directory

    def for_tests(self, directory: Path, port: int) -> "Engine":  # noqa: ARG002 - the engine has a port already
        return Engine(self.url, directory)

    def start(self, say: Say) -> Deployment:
        check(TERRAFORM_CLI)
        self._check_running()
        build(say)
        return Deployment.from_outputs(self._working_copy().apply(say), self.url)

    def describe(self) -> Deployment:
        check(TERRAFORM_CLI)
        self._check_running()
        if not self._working_copy().exists():
            raise NotRunningError(f"nothing is deployed to {self.url} from this checkout", "run `make up`")
        return Deployment.from_outputs(self._working_copy().outputs(), self.url)

    def reload(self, deployment: Deployment) -> None:
        update_code(deployment, ZipFile=function_zip())

    def stop(self, say: Say) -> None:
        if (self.directory / "terraform").exists():
            self._check_running()
            self._working_copy().destroy(say)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _working_copy(self) -> WorkingCopy:
        return WorkingCopy(self.directory, self.url)

    def _check_running(self) -> None:
        try:
            open_local(self.url).close()
        except HTTPError:
            return  # an error is an answer too
        except URLError as error:
            raise NotRunningError(
                f"nothing answers at {self.url}: {error.reason}", f"start the engine, or correct {VARIABLE}"
            ) from error


def _local(url: str) -> str:
    """Return `url` with the name `localhost`, below which tflocal finds each service.

    Raises:
        PipelineError: it is not an HTTP address of this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOCAL or not parts.port:
        raise PipelineError(
            f"{VARIABLE} is {url!r}, which is not an address of this machine", f"set {VARIABLE}=http://localhost:4566"
        )
    return f"http://localhost:{parts.port}"
