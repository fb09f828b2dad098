"""What a peer in Python does: for each line of JSON on standard input one line on standard output."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Prepare = Callable[[bytes], Any]
Variants = Callable[[Any], dict[str, bytes]]


def serve(variants: Variants, versions: dict[str, str], prepare: Prepare = lambda content: content) -> None:
    """A request names a `file`, and the directory `out` if the variants are to be kept there.

    VARIANTS is measured, what PREPARE makes of the file's content for it is not.
    """
    print(json.dumps({"versions": versions, "idle": _peak()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        prepared = prepare(Path(request["file"]).read_bytes())
        wall, processor = time.perf_counter(), time.process_time()
        made = variants(prepared)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        for name, variant in made.items() if "out" in request else ():
            Path(request["out"], name).write_bytes(variant)
        sizes = {name: len(variant) for name, variant in made.items()}
        del made, prepared
        print(json.dumps({"wall": wall, "cpu": processor, "bytes": sizes, "peak": _peak()}), flush=True)


def _peak() -> float:
    """The most memory that this process ever had, in MB; ru_maxrss would count what the process before exec() had."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
