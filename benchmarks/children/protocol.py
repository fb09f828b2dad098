"""The protocol of a peer: one line of JSON on standard output for each line on standard input."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Prepare = Callable[[bytes], Any]
Variants = Callable[[Any], dict[str, bytes]]


def serve(variants: Variants, versions: dict[str, str], prepare: Prepare = lambda content: content) -> None:
    """Answer requests until standard input ends. A request names a `file`, and a directory `out` to keep the variants.

    Measures `variants`, but not `prepare`, which turns the file's content into the argument of `variants`.
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
    """Return the peak memory of this process in MB. ru_maxrss would include the process before exec()."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
