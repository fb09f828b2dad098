"""One cold start, as Lambda does it: the module of the function is imported, then its handler is called once."""

import importlib
import json
import sys
import time

FUNCTIONS = {"ours": "lambda_function", "naive": "naive"}


def without_png(function: object) -> None:
    """Leaves the PNG out, whose encoding would hide what a first response costs."""
    if hasattr(function, "VARIANTS"):
        function.VARIANTS = tuple(each for each in function.VARIANTS if each.format != "PNG")
    else:
        del function.VARIANTS["png"]  # type: ignore[attr-defined]


def measured(name: str, event: dict) -> dict[str, float]:  # type: ignore[type-arg]
    started, processor = time.perf_counter(), time.process_time()
    function = importlib.import_module(FUNCTIONS[name])
    ready = time.perf_counter() - started, time.process_time() - processor
    without_png(function)
    started, processor = time.perf_counter(), time.process_time()
    function.lambda_handler(event, None)
    first = time.perf_counter() - started, time.process_time() - processor
    return dict(zip(("ready", "ready cpu", "first", "first cpu"), (*ready, *first), strict=True))


if __name__ == "__main__":
    print("\n" + json.dumps(measured(sys.argv[1], json.loads(sys.argv[2]))))
