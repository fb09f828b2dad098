"""`pipeline doctor`: report what this machine has, and which stacks it can run."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

import typer
from rich.cells import cell_len

from pipeline.commands.common.options import Json, StackName
from pipeline.lib.errors import PipelineError
from pipeline.lib.ports import DEFAULT_PORT
from pipeline.lib.tables import GAP, shorten
from pipeline.lib.terminal import out, plain_table, print_json, print_line, print_table, progress, styled
from pipeline.stacks.machine import NEEDS, PORT, Need
from pipeline.stacks.table import DEFAULT, STACKS, get_stack

EXAMPLES = ("pipeline doctor", "pipeline doctor --stack localstack --json")


@dataclass(frozen=True)
class Finding:
    """The result for one need: what was `found`, or None with the problem and the remedy."""

    name: str
    found: str | None
    problem: str | None = None
    remedy: str | None = None


def doctor(json: Json = False, stack: StackName = DEFAULT) -> None:
    """Report what this machine has, and which stacks it can run.

    Says how to get what is missing. Exits with 1 if the stack that --stack names can't run here.
    """
    with progress("looking", len(NEEDS)) as count:
        findings = [_find(need) for need in count(NEEDS)]
    missing = {finding.name for finding in findings if finding.found is None}
    by_stack = {name: [need.name for need in get_stack(name).needs if need.name in missing] for name in STACKS}
    if json:
        print_json({"findings": [asdict(finding) for finding in findings], "missing": by_stack})
    else:
        _print(findings, by_stack)
    if by_stack[stack]:
        raise typer.Exit(1)


def _find(need: Need) -> Finding:
    try:
        return Finding(need.name, need.found())
    except PipelineError as error:
        if need is PORT and (stack := _running_here()):
            return Finding(need.name, f"the {stack} stack of this checkout uses it")
        return Finding(need.name, None, error.problem, error.remedy)


def _running_here() -> str | None:
    """Return the name of the stack of this checkout that runs on the default port, if there is one."""
    for name in STACKS:
        stack = get_stack(name)
        with suppress(PipelineError):
            if stack.is_disposable and (stack.describe().endpoint_url or "").endswith(f":{DEFAULT_PORT}"):
                return name
    return None


def _print(findings: list[Finding], missing: Mapping[str, list[str]]) -> None:
    table = plain_table(header=False)
    room = out.width - max(cell_len(finding.name) for finding in findings) - GAP - 2
    for finding in findings:
        found = styled(finding.problem or "", "red") if finding.found is None else styled(shorten(finding.found, room))
        table.add_row(styled(finding.name), found)
    print_table(table)
    remedies = {finding.name: finding.remedy for finding in findings if finding.remedy}
    for stack, names in missing.items():
        print_line(f"{stack}: {'needs ' + ', '.join(names) if names else 'can run here'}")
        for name in names:
            print_line(f"  {name}: {remedies.get(name)}")
    needed = {name for names in missing.values() for name in names}
    for name, remedy in remedies.items():
        if name not in needed:
            print_line(f"{name}: {remedy}")
