"""`pipeline cost`, compared with a calculation by hand."""

import json

import pytest
import typer
from typer.testing import CliRunner

from pipeline.commands import cost as command
from pipeline.commands.common.costs import (
    ARCHITECTURES,
    Standing,
    Workload,
    cheapest_memory,
    estimate_bytes,
    estimate_seconds,
    monthly_costs,
    total,
)
from pipeline.deployed.function import VARIANTS, Variant
from pipeline.lib.errors import PipelineError
from pipeline.lib.prices import prices, regional_prices
from pipeline.stacks.monitoring import count_alarm_metrics

WORKLOAD = Workload(
    images=100_000,
    upload_bytes=3_000_000,
    variant_bytes={"jpeg": 2_000_000, "png": 15_000_000},
    seconds=1.5,
    memory=1024,
    architecture="x86_64",
)
STANDING = Standing(metrics=5, alarms=8, dashboards=1)

app = typer.Typer()
app.command()(command.cost)


def dollars(part: str, month: int = 1, *, free_tier: bool = False) -> float:
    bill = monthly_costs(WORKLOAD, STANDING, "us-east-1", month, free_tier=free_tier)
    return next(line.dollars for line in bill if line.part == part)


def test_the_cost_of_a_month_matches_a_calculation_by_hand() -> None:
    # 100,000 x 1.5 s x 1 GB x $0.0000166667, and so on.
    assert dollars("Lambda duration") == pytest.approx(2.500005)
    assert dollars("Lambda invocations") == pytest.approx(0.02)
    assert dollars("S3 storage: uploads") == pytest.approx(300 / 2 * 0.023)
    assert dollars("S3 storage: png") == pytest.approx(1500 / 2 * 0.023)
    assert dollars("S3 writes") == pytest.approx(300_000 * 0.005 / 1000)
    assert dollars("S3 reads") == pytest.approx(100_000 * 0.0004 / 1000)
    assert dollars("logs written") == pytest.approx(0.25 * 0.50)
    assert dollars("metrics") + dollars("alarms") + dollars("dashboards") == pytest.approx(1.5 + 0.8 + 3)


def test_storage_grows_with_the_months_and_nothing_else_does() -> None:
    assert dollars("S3 storage: png", month=12) == pytest.approx(1500 * 11.5 * 0.023)
    assert dollars("Lambda duration", month=12) == dollars("Lambda duration")
    assert dollars("S3 writes", month=12) == dollars("S3 writes")


def test_the_free_tier_is_subtracted_once() -> None:
    assert dollars("Lambda duration", free_tier=True) == 0
    assert dollars("alarms", free_tier=True) == 0
    assert dollars("S3 storage: png", free_tier=True) == dollars("S3 storage: png")
    many = Workload(**{**WORKLOAD.__dict__, "images": 1_000_000})
    bill = monthly_costs(many, STANDING, "us-east-1", free_tier=True)
    assert bill[0].dollars == pytest.approx((1_500_000 - 400_000) * 0.0000166667)


def test_a_thousand_photos_a_month_cost_cents() -> None:
    photos = Workload(1000, 2_900_000, estimate_bytes(), estimate_seconds(12, 1024), 1024, "x86_64")
    assert 0.2 < total(monthly_costs(photos, STANDING, "us-east-1", free_tier=True)) < 0.5


def test_a_png_is_most_of_the_storage_of_a_photo() -> None:
    sizes = estimate_bytes(VARIANTS, 12)
    assert sizes.keys() == {variant.name for variant in VARIANTS}
    assert sizes["png"] > sum(sizes[variant.name] for variant in VARIANTS if variant.quality)


def test_sizes_follow_quality_and_box() -> None:
    def size(variant: Variant) -> float:
        return estimate_bytes((variant,), 12)[variant.name]

    sizes = [size(Variant("a", "JPEG", quality=quality)) for quality in (20, 40, 70, 85, 90, 99)]
    assert sizes == sorted(sizes)
    assert size(Variant("a", "WEBP", quality=85, fit=(400, 400))) < size(Variant("a", "WEBP", quality=85)) / 20
    assert size(Variant("a", "JPEG", quality=85, fit=(9000, 9000))) >= size(Variant("a", "JPEG", quality=85))


def test_more_memory_is_faster_up_to_two_processors() -> None:
    seconds = [estimate_seconds(12, memory) for memory in (512, 1024, 1769, 2048, 3538, 10240)]
    assert seconds[0] > seconds[1] > seconds[2] > seconds[3] > seconds[4] == seconds[5]


def test_the_cheapest_memory_has_room_and_is_fast_enough() -> None:
    rows = cheapest_memory(12, "us-east-1", within=2)
    assert rows[0][1] == "arm64"
    assert all(seconds <= 2 for _, _, seconds, _ in rows)
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)
    assert 256 not in {memory for memory, *_ in cheapest_memory(20, "us-east-1", within=None)}
    assert cheapest_memory(12, "us-east-1", within=0.01) == []


def test_each_region_has_every_price() -> None:
    regions = prices()["regions"]
    assert len(regions) >= 4
    for region in regions:
        price = regional_prices(region)
        assert price.keys() == regional_prices("us-east-1").keys()
        assert price["gb_second"].keys() == set(ARCHITECTURES)


def test_a_region_without_prices_is_named_with_the_others() -> None:
    with pytest.raises(PipelineError, match="no prices for the region mars-1") as raised:
        regional_prices("mars-1")
    assert "eu-central-1" in (raised.value.remedy or "")


def test_alarms_are_counted_by_their_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = count_alarm_metrics()
    assert usual >= 7
    monkeypatch.setenv("TF_VAR_trigger", "eventbridge")
    assert count_alarm_metrics() == usual + 1


def test_the_command_prints_the_bill_as_json() -> None:
    result = CliRunner().invoke(app, ["--images", "2000", "--months", "3", "--region", "eu-central-1", "--json"])

    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert (printed["images"], printed["month"], printed["region"]) == (2000, 3, "eu-central-1")
    assert printed["dollars"] == pytest.approx(sum(line["dollars"] for line in printed["lines"]))
    assert printed["dollars_of_all_months"] > printed["dollars"]
    assert printed["memory_sizes"]


def test_the_command_prints_tables() -> None:
    result = CliRunner().invoke(app, ["--images", "2000", "--free-tier"])

    assert result.exit_code == 0
    for text in ("2,000 uploads a month in", "Lambda duration", "S3 storage: png", "total", "arm64"):
        assert text in result.stdout


def test_an_unknown_architecture_is_a_usage_error() -> None:
    result = CliRunner().invoke(app, ["--architecture", "sparc"])
    assert result.exit_code == 2
    assert "x86_64, arm64" in result.output
