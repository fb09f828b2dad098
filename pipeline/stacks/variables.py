"""Values of the Terraform variables, for a stack that runs without Terraform.

Only literals are read. Terraform validates the values: `terraform/variables.tf` says how.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import hcl2
from hcl2 import SerializationOptions

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import TERRAFORM

PREFIX = "TF_VAR_"
PLAIN = SerializationOptions(explicit_blocks=False, strip_string_quotes=True, with_comments=False)


class Variables:
    """The variables that the *.tf files of `directory` declare.

    As in Terraform, a value comes from *.auto.tfvars, else terraform.tfvars, else TF_VAR_<name>, else the default.
    """

    def __init__(self, directory: Path = TERRAFORM) -> None:
        blocks = [block for file in sorted(directory.glob("*.tf")) for block in parse(file).get("variable", [])]
        self._declared: dict[str, Any] = {name: settings for block in blocks for name, settings in block.items()}
        self._given = _from_environment() | _from_files(
            [directory / "terraform.tfvars", *sorted(directory.glob("*.auto.tfvars"))]
        )

    def text(self, name: str) -> str:
        """Return the value of a string variable."""
        value = str(self._value(name))
        if "${" in value:
            raise PipelineError(f"the Terraform variable {name} is not a literal: {value}", "give it a plain value")
        return value

    def optional(self, name: str) -> str | None:
        """Return the value of a string variable, or None if it is null."""
        return None if self._value(name) is None else self.text(name)

    def texts(self, name: str) -> list[str]:
        """Return the value of a variable that is a list of strings."""
        value = self._value(name)
        try:
            return [str(each) for each in (_literal(value) if isinstance(value, str) else value)]
        except (PipelineError, TypeError) as error:
            raise PipelineError(
                f"the Terraform variable {name} must be a list, not {value!r}", f"check {PREFIX}{name}"
            ) from error

    def mapping(self, name: str) -> dict[str, str]:
        """Return the value of a variable that is a map of strings, which is HCL in the environment."""
        value = self._value(name)
        try:
            given = _literal(value) if isinstance(value, str) else value
            return {str(key): str(each) for key, each in given.items()}
        except (PipelineError, AttributeError) as error:
            raise PipelineError(
                f"the Terraform variable {name} must be a map, not {value!r}", f"check {PREFIX}{name}"
            ) from error

    def flag(self, name: str) -> bool:
        """Return the value of a boolean variable."""
        value = str(self._value(name)).lower()
        if value not in ("true", "false"):
            raise PipelineError(
                f"the Terraform variable {name} must be true or false, not {value!r}", f"check {PREFIX}{name}"
            )
        return value == "true"

    def number(self, name: str) -> int:
        """Return the value of a variable that is a whole number."""
        value = self._value(name)
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise PipelineError(
                f"the Terraform variable {name} must be a whole number, not {value!r}", f"check {PREFIX}{name}"
            ) from error

    def _value(self, name: str) -> Any:
        if name in self._given:
            return self._given[name]
        try:
            return self._declared[name]["default"]
        except KeyError:
            raise PipelineError(
                f"the Terraform variable {name} has no value", f"set {PREFIX}{name}, or give it a default"
            ) from None


def _from_environment() -> dict[str, Any]:
    return {name.removeprefix(PREFIX): value for name, value in os.environ.items() if name.startswith(PREFIX)}


def _from_files(paths: Iterable[Path]) -> dict[str, Any]:
    return {name: value for path in paths if path.exists() for name, value in parse(path).items()}


def _literal(text: str) -> Any:
    """Return the value of an HCL expression: lists and maps are HCL in the environment."""
    return _loaded(f"value = {text}\n", "it")["value"]


def parse(path: Path) -> dict[str, Any]:
    """Return the blocks of the HCL file at `path`.

    Raises:
        PipelineError: it is not valid HCL.
    """
    return _loaded(path.read_text(encoding="utf-8"), path.name)


def _loaded(text: str, name: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = hcl2.loads(text, serialization_options=PLAIN)
    except Exception as error:  # the parser's own exceptions have no common class
        raise PipelineError(f"{name} is not valid HCL", "run `terraform fmt` on it", str(error)) from error
    return parsed
