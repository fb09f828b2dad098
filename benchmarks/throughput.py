"""Uploads a second on a local stack, of the function and of the naive one in its place."""

import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from zipfile import ZipFile

from pipeline.deployment import Deployment
from pipeline.paths import LAMBDA
from pipeline.processing import at_once

UPLOADS = 200
VARIANTS = 5
PATIENCE = 120  # seconds for one upload


def rates(deployment: Deployment, small: Path, naive: Path, rounds: int) -> dict[str, float]:
    """Uploads a second, warm, by function: of ROUNDS in turns the median."""
    codes = {"ours": _zipped({path.name: path for path in LAMBDA.glob("*.py")})}
    codes["naive"] = _zipped({"lambda_function.py": naive})
    measured: dict[str, list[float]] = {name: [] for name in codes}
    for number in range(rounds):
        for name, code in codes.items():
            deployment.functions.update_function_code(FunctionName=deployment.function_name, ZipFile=code)
            deployment.functions.get_waiter("function_updated_v2").wait(FunctionName=deployment.function_name)
            made = partial(_made, deployment, small.read_bytes())
            _rate(deployment, made, f"{name}-warm-{number}", UPLOADS // 10)
            measured[name].append(_rate(deployment, made, f"{name}-{number}", UPLOADS))
    return {name: median(each) for name, each in measured.items()}


def _rate(deployment: Deployment, made: Callable[[str], None], folder: str, count: int) -> float:
    started = time.monotonic()
    list(at_once(deployment, made, [f"{folder}/{n:03}.jpg" for n in range(count)]))
    return count / (time.monotonic() - started)


def _made(deployment: Deployment, content: bytes, key: str) -> None:
    """Uploads CONTENT under KEY, and returns when all of its variants are there."""
    deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=key, Body=content)
    end = time.monotonic() + PATIENCE
    prefix = key.removesuffix(".jpg")
    while time.monotonic() < end:
        if deployment.s3.list_objects_v2(Bucket=deployment.processed_bucket, Prefix=prefix)["KeyCount"] >= VARIANTS:
            return
        time.sleep(0.02)
    raise TimeoutError(f"{key} has no {VARIANTS} variants after {PATIENCE} seconds")


def _zipped(files: dict[str, Path]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as target:
        for name, path in files.items():
            target.write(path, name)
    return content.getvalue()
