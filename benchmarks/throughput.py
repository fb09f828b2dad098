"""Uploads per second on a local stack, of this function and of the tutorial function on the same stack."""

import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from zipfile import ZipFile

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.uploads import run_in_parallel

UPLOADS = 200
VARIANTS = 5
MAX_SECONDS = 120  # for one upload


def rates(deployment: Deployment, small: Path, tutorial: Path, rounds: int) -> dict[str, float]:
    """Return uploads per second by function, warm: the median of `rounds` in turns.

    Raises:
        TimeoutError: an upload has too few variants after MAX_SECONDS.
    """
    buckets = {"ours": deployment.upload_bucket, "tutorial": _deploy_beside(deployment, tutorial)}
    measured: dict[str, list[float]] = {name: [] for name in buckets}
    for number in range(rounds):
        for name, bucket in buckets.items():
            upload = partial(_upload, deployment, bucket, small.read_bytes())
            _rate(deployment, upload, f"{name}-warm-{number}", UPLOADS // 10)
            measured[name].append(_rate(deployment, upload, f"{name}-{number}", UPLOADS))
    return {name: median(each) for name, each in measured.items()}


def _deploy_beside(deployment: Deployment, module: Path) -> str:
    """Create a second function from `module` with the settings of the first. Return the name of its upload bucket."""
    functions, name = deployment.functions, f"{deployment.function_name}-{module.stem}"
    like: Any = functions.get_function_configuration(FunctionName=deployment.function_name)
    made = functions.create_function(
        FunctionName=name,
        Code={"ZipFile": _zip(module)},
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


def _rate(deployment: Deployment, upload: Callable[[str], None], folder: str, count: int) -> float:
    started = time.monotonic()
    list(run_in_parallel(deployment, upload, [f"{folder}/{n:03}.jpg" for n in range(count)]))
    return count / (time.monotonic() - started)


def _upload(deployment: Deployment, bucket: str, content: bytes, key: str) -> None:
    """Upload `content` and wait until all its variants exist."""
    deployment.s3.put_object(Bucket=bucket, Key=key, Body=content)
    end = time.monotonic() + MAX_SECONDS
    prefix = key.removesuffix(".jpg")
    while time.monotonic() < end:
        if deployment.s3.list_objects_v2(Bucket=deployment.processed_bucket, Prefix=prefix)["KeyCount"] >= VARIANTS:
            return
        time.sleep(0.02)
    raise TimeoutError(f"{key} has fewer than {VARIANTS} variants after {MAX_SECONDS} seconds")


def _zip(module: Path) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as target:
        target.write(module, module.name)
    return content.getvalue()
