"""Estimate what images cost on AWS: monthly quantities times the prices in prices.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.deployed.function import VARIANTS, Variant, limits
from pipeline.lib.errors import PipelineError
from pipeline.lib.prices import prices, regional_prices

ARCHITECTURES = ("x86_64", "arm64")
MEMORY_SIZES = (256, 512, 1024, 1769, 2048, 3008)  # MB, for the comparison
GB = 1e9

# Measured on photos (docs/performance.md): seconds of one core for five variants, and bytes a pixel.
SECONDS_PER_MEGAPIXEL = 0.065
SECONDS_PER_UPLOAD = 0.04
TWO_CORES_GAIN = 1.46  # the 12-megapixel photo: 0.79 s on one core, 0.54 s on two
UPLOAD_BYTES_PER_PIXEL = 0.24
BYTES_PER_PIXEL: Mapping[str, Mapping[int, float]] = {
    "JPEG": {40: 0.051, 60: 0.071, 75: 0.100, 85: 0.159, 95: 0.263},
    "WEBP": {40: 0.032, 60: 0.042, 75: 0.052, 85: 0.086, 95: 0.194},
    "PNG": {0: 1.20},
}
SHRUNK = 2.2  # a thumbnail's bytes per pixel, relative to a large picture's: shrinking concentrates detail
ASPECT = 4 / 3

FULL_VCPU_MB = 1769  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
LOG_BYTES_PER_UPLOAD = 2_500
LOG_COMPRESSION = 0.15  # stored logs: https://aws.amazon.com/cloudwatch/pricing/
FAILURES = 0.001  # failures per upload, each sent, received, and deleted


@dataclass(frozen=True)
class Workload:
    """A month of uploads: `seconds` is the duration of one upload, `variant_bytes` the size of each variant."""

    images: int
    upload_bytes: float
    variant_bytes: Mapping[str, float]
    seconds: float
    memory: int
    architecture: str


@dataclass(frozen=True)
class Standing:
    """The parts of a deployment that cost money without uploads."""

    metrics: int
    alarms: int
    dashboards: int


@dataclass(frozen=True)
class Cost:
    """One line of the bill: a quantity of a month in `unit`, at `price` dollars a unit beyond the `free` ones."""

    part: str
    quantity: float
    unit: str
    price: float
    free: float = 0

    @property
    def dollars(self) -> float:
        return max(0.0, self.quantity - self.free) * self.price


def monthly_costs(
    workload: Workload, standing: Standing, region: str, month: int = 1, *, free_tier: bool = False
) -> list[Cost]:
    """Return the bill of the `month`-th month, in which the images of the earlier ones are still stored."""
    price, free = regional_prices(region), prices()["free"] if free_tier else {}
    images = workload.images
    logs = images * LOG_BYTES_PER_UPLOAD / GB
    gb_seconds = images * workload.seconds * workload.memory / 1024
    gb_second = price["gb_second"][workload.architecture]
    return [
        Cost("Lambda duration", gb_seconds, "GB-seconds", gb_second, free.get("gb_seconds", 0)),
        Cost("Lambda invocations", images, "invocations", price["invocation"], free.get("invocations", 0)),
        *storage_costs(workload, region, month),
        Cost("S3 writes", images * (1 + len(workload.variant_bytes)), "requests", price["put"]),
        Cost("S3 reads", images, "requests", price["get"]),
        Cost("logs written", logs, "GB", price["log_gb"], free.get("log_gb", 0)),
        Cost("logs stored", logs * LOG_COMPRESSION * month, "GB-months", price["log_storage_gb"]),
        Cost("metrics", standing.metrics, "metrics", price["metric"], free.get("metrics", 0)),
        Cost("alarms", standing.alarms, "alarms", price["alarm"], free.get("alarms", 0)),
        Cost("dashboards", standing.dashboards, "dashboards", price["dashboard"], free.get("dashboards", 0)),
        Cost("queue", 3 * FAILURES * images, "requests", price["queue_request"], free.get("queue_requests", 0)),
    ]


def batch_dollars(objects: int, seconds: float, memory: int, architecture: str, price: Mapping[str, Any]) -> float:
    """Return what a job of S3 Batch Operations costs that takes `seconds` for each of its `objects`."""
    lambda_dollars = seconds * memory / 1024 * price["gb_second"][architecture] + price["invocation"]
    requests = 2 * price["get"] + len(VARIANTS) * price["put"]
    return float(price["batch_job"] + objects * (price["batch_object"] + lambda_dollars + requests))


def storage_costs(workload: Workload, region: str, month: int = 1) -> list[Cost]:
    """Return the storage of the uploads and of each variant in the `month`-th month; images arrive evenly."""
    price = regional_prices(region)["storage_gb"]
    stored = workload.images * (month - 0.5) / GB
    sizes = {"uploads": workload.upload_bytes, **workload.variant_bytes}
    return [Cost(f"S3 storage: {name}", stored * size, "GB-months", price) for name, size in sizes.items()]


def total(costs: Sequence[Cost]) -> float:
    """Return the sum of `costs` in dollars."""
    return sum(cost.dollars for cost in costs)


def estimate_seconds(megapixels: float, memory: int) -> float:
    """Return the duration of one warm upload, given the processor share of `memory` MB."""
    share = memory / FULL_VCPU_MB
    speed = share if share <= 1 else 1 + (min(share, 2) - 1) * (TWO_CORES_GAIN - 1)
    return (SECONDS_PER_UPLOAD + SECONDS_PER_MEGAPIXEL * megapixels) / speed


def estimate_bytes(variants: Sequence[Variant] = VARIANTS, megapixels: float = 12) -> dict[str, float]:
    """Return the size of each of the `variants` of a photo of `megapixels`."""
    return {variant.name: _pixels(variant, megapixels * 1e6) * _bytes_per_pixel(variant) for variant in variants}


def _pixels(variant: Variant, pixels: float) -> float:
    """Return how many of a 4:3 photo's `pixels` are left in `variant`."""
    if not variant.fit:
        return pixels
    height: float = min((pixels / ASPECT) ** 0.5, variant.fit[1], variant.fit[0] / ASPECT)
    return height * height * ASPECT


def _bytes_per_pixel(variant: Variant) -> float:
    """Return the bytes per pixel of `variant`, between the nearest measured qualities.

    Raises:
        PipelineError: the format was not measured.
    """
    if variant.format not in BYTES_PER_PIXEL:
        raise PipelineError(
            f"the size of {variant.format} was not measured", "add it to BYTES_PER_PIXEL, or use --measured"
        )
    measured = BYTES_PER_PIXEL[variant.format]
    quality = variant.quality or max(measured)
    lower = max((each for each in measured if each <= quality), default=min(measured))
    upper = min((each for each in measured if each >= quality), default=max(measured))
    between = (quality - lower) / (upper - lower) if upper > lower else 0
    estimate = measured[lower] + between * (measured[upper] - measured[lower])
    return estimate * SHRUNK if variant.fit else estimate


def cheapest_memory(megapixels: float, region: str, within: float | None) -> list[tuple[int, str, float, float]]:
    """Return (memory in MB, architecture, seconds, dollars) for one upload, cheapest first.

    Only sizes with room for the picture that finish `within` this many seconds are listed.
    """
    price = regional_prices(region)
    rows = [
        (
            memory,
            architecture,
            seconds,
            seconds * memory / 1024 * price["gb_second"][architecture] + price["invocation"],
        )
        for memory in MEMORY_SIZES
        if _has_room(megapixels, memory)
        for architecture in ARCHITECTURES
        if (seconds := estimate_seconds(megapixels, memory)) <= (within or seconds)
    ]
    return sorted(rows, key=lambda row: (round(row[3], 9), row[2]))


def _has_room(megapixels: float, memory: int) -> bool:
    """Return whether a function with `memory` MB accepts an opaque picture of `megapixels`."""
    return megapixels * 1e6 * limits.OPAQUE.bytes_per_pixel <= memory * limits.MEGABYTE - limits.RESERVED
