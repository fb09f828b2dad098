"""Uploads a second on a local stack, of the function and of the naive one beside it."""

import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from zipfile import ZipFile

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.uploads import at_once

UPLOADS = 200
VARIANTS = 5
PATIENCE = 120  # seconds for one upload


def rates(deployment: Deployment, small: Path, naive: Path, rounds: int) -> dict[str, float]:
    """Uploads a second, warm, by function: of ROUNDS in turns the median."""
    buckets = {"ours": deployment.upload_bucket, "naive": _beside(deployment, naive)}
    measured: dict[str, list[float]] = {name: [] for name in buckets}
    for number in range(rounds):
        for name, bucket in buckets.items():
            made = partial(_made, deployment, bucket, small.read_bytes())
            _rate(deployment, made, f"{name}-warm-{number}", UPLOADS // 10)
            measured[name].append(_rate(deployment, made, f"{name}-{number}", UPLOADS))
    return {name: median(each) for name, each in measured.items()}


def _beside(deployment: Deployment, module: Path) -> str:
    """A second function, of MODULE, with the settings of the first; returns the upload bucket that fires it."""
    functions, name = deployment.functions, f"{deployment.function_name}-{module.stem}"
    like: Any = functions.get_function_configuration(FunctionName=deployment.function_name)
    made = functions.create_function(
        FunctionName=name,
        Code={"ZipFile": _zipped(module)},
        Handler=f"{module.stem}.lambda_handler",
        Environment={"Variables": like["Environment"]["Variables"]},
        **{key: like[key] for key in ("Role", "Runtime", "MemorySize", "Timeout")},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    bucket = f"{deployment.upload_bucket}-{module.stem}"[-63:].strip("-")
    deployment.s3.create_bucket(Bucket=bucket)
    target: Any = {"LambdaFunctionArn": made["FunctionArn"], "Events": ["s3:ObjectCreated:*"]}
    deployment.s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [target]}
    )
    return bucket


def _rate(deployment: Deployment, made: Callable[[str], None], folder: str, count: int) -> float:
    started = time.monotonic()
    list(at_once(deployment, made, [f"{folder}/{n:03}.jpg" for n in range(count)]))
    return count / (time.monotonic() - started)


def _made(deployment: Deployment, bucket: str, content: bytes, key: str) -> None:
    """Uploads CONTENT to BUCKET under KEY, and returns when all of its variants are there."""
    deployment.s3.put_object(Bucket=bucket, Key=key, Body=content)
    end = time.monotonic() + PATIENCE
    prefix = key.removesuffix(".jpg")
    while time.monotonic() < end:
        if deployment.s3.list_objects_v2(Bucket=deployment.processed_bucket, Prefix=prefix)["KeyCount"] >= VARIANTS:
            return
        time.sleep(0.02)
    raise TimeoutError(f"{key} has no {VARIANTS} variants after {PATIENCE} seconds")


def _zipped(module: Path) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as target:
        target.write(module, module.name)
    return content.getvalue()
