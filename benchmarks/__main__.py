"""Measure, print the table, and write build/bench.json. Arguments are names of measures; without any, run them all."""

import json
import os
import platform
import sys
from pathlib import Path

from rich.table import Table

from benchmarks import peers
from benchmarks.measures import MEASURES, Figure
from pipeline.lib.paths import BUILD
from pipeline.lib.terminal import out


def main(wanted: list[str]) -> None:
    if unknown := set(wanted) - MEASURES.keys():
        sys.exit(f"unknown: {', '.join(sorted(unknown))}. Measures are {', '.join(MEASURES)}.")
    missing = peers.install()
    for name, why in missing.items():
        out.print(f"{name} is left out: {why}", markup=False)
    if "ours" in missing:
        sys.exit("Nothing to measure: this needs Docker and the layer (`make layer function`).")
    names = [name for name in peers.COMMANDS if name not in missing]
    with peers.start(names, 1) as running:
        versions = {name: peer.versions for name, peer in running.items()}
    context = {"machine": machine(), "versions": versions, "missing": missing}
    figures: list[Figure] = []
    for name in wanted or MEASURES:
        out.print(f"measuring {name}", style="dim")
        figures += MEASURES[name](names)
        write(context, figures)
    show(context, figures)


def machine() -> dict[str, str | int | None]:
    """Return what the figures depend on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open() as lines:
            return next(line.partition(": ")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def write(context: dict[str, object], figures: list[Figure]) -> None:
    """Write everything to build/bench.json."""
    result = {**context, "figures": [figure.as_json() for figure in figures]}
    (BUILD / "bench.json").write_text(json.dumps(result, indent=2) + "\n")


def show(context: dict[str, object], figures: list[Figure]) -> None:
    """Print the table; a ratio over its target is red."""
    table = Table("measure", "compared with", "ratio", "target", "measured", pad_edge=False)
    for figure in figures:
        ratio = f"{figure.ratio:.3f}" if figure.reached else f"[red]{figure.ratio:.3f}[/red]"
        table.add_row(figure.measure, figure.peer, ratio, f"{figure.target:.3g}", figure.detail)
    out.print(table)
    for name, value in context.items():
        out.print(f"{name}: {value}", markup=False)


if __name__ == "__main__":
    main(sys.argv[1:])
