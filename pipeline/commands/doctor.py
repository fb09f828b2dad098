"""`pipeline doctor`: what this machine has, and which stacks can run on it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from pipeline.commands.common.options import Json, StackName
from pipeline.lib.errors import PipelineError
from pipeline.lib.terminal import out, print_json, progress
from pipeline.stacks.machine import NEEDS, Need
from pipeline.stacks.table import DEFAULT, STACKS, stack_named


@dataclass(frozen=True)
class Finding:
    """What was looked for; `found` is None where it is missing: then `problem` and `remedy` say more."""

    name: str
    found: str | None
    problem: str | None = None
    remedy: str | None = None


def doctor(json: Json = False, stack: StackName = DEFAULT) -> None:
    """Tell what this machine has, which stacks can run here, and what to do for the others.

    Exits with 1 when the stack that is meant cannot run here.
    """
    with progress("looking", len(NEEDS)) as tracked:
        findings = [_finding(need) for need in tracked(NEEDS)]
    missing = {finding.name for finding in findings if finding.found is None}
    lacking = {name: [need.name for need in stack_named(name).needs if need.name in missing] for name in STACKS}
    if json:
        print_json({"findings": [asdict(finding) for finding in findings], "missing": lacking})
    else:
        _show(findings, lacking)
    if lacking[stack]:
        raise typer.Exit(1)


def _finding(need: Need) -> Finding:
    try:
        return Finding(need.name, need.found())
    except PipelineError as error:
        return Finding(need.name, None, error.problem, error.remedy)


def _show(findings: list[Finding], lacking: Mapping[str, list[str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    for finding in findings:
        table.add_row(
            finding.name, escape(finding.found) if finding.found else f"[red]{escape(finding.problem or '')}[/]"
        )
    out.print(table)
    remedies = {finding.name: finding.remedy for finding in findings}
    for stack, names in lacking.items():
        out.print(f"{stack}: {'needs ' + ', '.join(names) if names else 'can run here'}")
        for name in names:
            out.print(f"  {name}: {remedies[name]}", markup=False)
    for finding in findings:
        if finding.remedy and not any(finding.name in names for names in lacking.values()):
            out.print(f"{finding.name}: {finding.remedy}", markup=False)
