"""AWS's public prices, in prices.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.lib.errors import PipelineError

PRICES = Path(__file__).with_name("prices.toml")


@cache
def prices() -> dict[str, Any]:
    """Return the content of prices.toml."""
    return tomllib.loads(PRICES.read_text(encoding="utf-8"))


def regional_prices(region: str) -> dict[str, Any]:
    """Return the prices of `region`.

    Raises:
        PipelineError: prices.toml has none.
    """
    regions: dict[str, dict[str, Any]] = prices()["regions"]
    if region not in regions:
        raise PipelineError(
            f"no prices for the region {region}",
            f"choose one of {', '.join(regions)}, or add its prices to pipeline/lib/{PRICES.name}",
        )
    return regions[region]
