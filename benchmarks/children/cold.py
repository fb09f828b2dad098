"""One cold start in the same order as Lambda's: import the function's module, then call its handler once."""

import importlib
import json
import sys
import time

FUNCTIONS = {"ours": "lambda_function", "tutorial": "tutorial"}


def remove_png(function: object) -> None:
    """Remove the PNG variant, whose encoding takes longer than all the rest of a first response."""
    if hasattr(function, "VARIANTS"):
        function.VARIANTS = tuple(each for each in function.VARIANTS if each.format != "PNG")
    else:
        del function.VARIANTS["png"]  # type: ignore[attr-defined]


def measure(name: str, event: dict) -> dict[str, float]:  # type: ignore[type-arg]
    started, processor = time.perf_counter(), time.process_time()
    function = importlib.import_module(FUNCTIONS[name])
    ready = time.perf_counter() - started, time.process_time() - processor
    remove_png(function)
    started, processor = time.perf_counter(), time.process_time()
    function.lambda_handler(event, None)
    first = time.perf_counter() - started, time.process_time() - processor
    return dict(zip(("ready", "ready cpu", "first", "first cpu"), (*ready, *first), strict=True))


if __name__ == "__main__":
    print("\n" + json.dumps(measure(sys.argv[1], json.loads(sys.argv[2]))))
