"""The embedded stack: MiniStack with the pipeline. It needs neither Docker nor Terraform."""

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import NotRunningError
from pipeline.lib.paths import STATE, TERRAFORM, digest
from pipeline.lib.ports import DEFAULT_PORT
from pipeline.lib.signals import uninterrupted
from pipeline.stacks import Functions, Say
from pipeline.stacks.function_code import function_modules, function_zip, update_code
from pipeline.stacks.infrastructure import apply
from pipeline.stacks.machine import PYTHON, Need
from pipeline.stacks.ministack import MiniStack


class Embedded:
    """A MiniStack process and its deployment, which start and stop together."""

    needs: ClassVar[tuple[Need, ...]] = (PYTHON,)
    outcome_seconds: ClassVar[float] = 60
    is_disposable: ClassVar[bool] = True
    has_alarms: ClassVar[bool] = False
    has_roles: ClassVar[bool] = False
    functions: ClassVar[Functions] = "processes"

    def __init__(self, directory: Path = STATE / "embedded", port: int = DEFAULT_PORT) -> None:
        self.directory = directory
        self.port = port
        self.process = MiniStack(directory)
        self._record = directory / "deployment.json"

    def for_tests(self, directory: Path, port: int) -> "Embedded":
        return Embedded(directory, port)

    def start(self, say: Say) -> Deployment:
        if not self.process.is_ready():
            say("starting MiniStack")
            self.stop(lambda _: None)
            self.process.start(self.port)
        sources = digest([*function_modules(), *TERRAFORM.glob("*.tf*")])
        record = self._read_record()
        if record.get("sources") == sources:
            say("nothing has changed")
        else:
            say("updating the deployment" if record else "creating buckets, function and failure queue")
            outputs = apply(self.process.endpoint_url, record.get("outputs", {}), say)
            self._record.write_text(json.dumps({"sources": sources, "outputs": outputs}))
        return self.describe()

    def describe(self) -> Deployment:
        record = self._read_record()
        if not record:
            raise NotRunningError("the embedded stack is not running", "start it with `make up STACK=embedded`")
        return Deployment.from_outputs(record["outputs"], self.process.endpoint_url)

    def reload(self, deployment: Deployment) -> None:
        # Not recorded, so that start() still sees the change. MiniStack retries events that were running with the old
        # code, and may then keep using it until the next reload.
        update_code(deployment, ZipFile=function_zip())

    def stop(self, say: Say) -> None:
        with uninterrupted():
            say("stopping MiniStack")
            self.process.stop()
            shutil.rmtree(self.directory, ignore_errors=True)

    def _read_record(self) -> dict[str, Any]:
        return json.loads(self._record.read_text()) if self._record.exists() else {}
