"""Values read from the Terraform files: what the embedded stack and the tests need of them."""

import math
import os
import re
from pathlib import Path
from typing import Any

import hcl2
from hcl2 import SerializationOptions

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import TERRAFORM

INTERPOLATION = re.compile(r"\$\{([^{}]*)\}")
PLAIN = SerializationOptions(explicit_blocks=False, strip_string_quotes=True, with_comments=False)


class Configuration:
    """Resources and variables of a Terraform directory.

    Literals, `var.x`, `local.x`, their products and their interpolation are evaluated; a reference to a resource is
    looked up in `known`, which whoever makes the resources fills ("aws_s3_bucket.upload.id" -> the bucket's name).
    """

    def __init__(self, directory: Path = TERRAFORM) -> None:
        self.known: dict[str, Any] = {}
        self._files = [
            hcl2.loads(path.read_text(), serialization_options=PLAIN) for path in sorted(directory.glob("*.tf"))
        ]
        self._overrides = _overrides(directory)

    def variable(self, name: str) -> Any:
        """The value of a variable: TF_VAR_name, else terraform.tfvars, else its default."""
        declared = self._find("variable", name)
        value: Any = self._overrides.get(name, declared["default"])
        return int(value) if declared["type"] == "number" else value

    def resource(self, address: str) -> dict[str, Any]:
        """The evaluated arguments of a resource, for example "aws_sqs_queue.failures".

        A nested block is a list with one dictionary for each time that it stands there.
        """
        kind, name = address.split(".")
        arguments: dict[str, Any] = self._evaluate(self._find("resource", kind, name))
        return arguments

    def _evaluate(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._evaluate(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._evaluate(each) for each in value]
        if not isinstance(value, str):
            return value
        if whole := INTERPOLATION.fullmatch(value):
            return self._expression(whole[1])
        return INTERPOLATION.sub(lambda part: str(self._expression(part[1])), value)

    def _expression(self, text: str) -> Any:
        factors = [self._term(term) for term in text.split(" * ")]
        return math.prod(factors) if len(factors) > 1 else factors[0]

    def _term(self, text: str) -> Any:
        scope, _, name = text.partition(".")
        if scope == "var":
            return self.variable(name)
        if scope == "local":
            return self._evaluate(self._find("locals")[name])
        if text.isdigit():
            return int(text)
        return self.known.get(text, "${%s}" % text)  # noqa: UP031 - the braces are Terraform's

    def _find(self, kind: str, *names: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for file in self._files:
            for block in file.get(kind, []):
                for name in names:
                    block = block.get(name, {})
                found |= block
        if not found:
            raise PipelineError(
                f"{'.'.join((kind, *names))} is not in the Terraform files", "restore it, or git checkout terraform/"
            )
        return found


def _overrides(directory: Path) -> dict[str, Any]:
    file = directory / "terraform.tfvars"
    given = hcl2.loads(file.read_text(), serialization_options=PLAIN) if file.exists() else {}
    return given | {
        name.removeprefix("TF_VAR_"): value for name, value in os.environ.items() if name.startswith("TF_VAR_")
    }
