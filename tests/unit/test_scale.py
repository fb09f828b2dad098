"""The simulation of benchmarks/scale.py, compared with calculations by hand and with queueing theory."""

from math import factorial
from random import Random
from statistics import fmean

import pytest

from benchmarks.scale import CASES, Pool, poisson, row, simulate
from pipeline.lib.paths import ROOT


def test_an_environment_processes_one_upload_at_a_time() -> None:
    result = simulate([0, 0, 0, 10], [2], Pool(1, cold_seconds=1))
    assert list(result.waits) == [0, 3, 5, 0]
    assert (result.end, result.environments) == (12, 1)


def test_environments_start_at_the_scaling_rate() -> None:
    result = simulate([0] * 4, [10], Pool(limit=100, cold_seconds=0, per_second=2))
    assert list(result.waits) == [0, 0.5, 1, 1.5]
    assert result.environments == 4


def test_a_warm_environment_is_used_before_a_new_one() -> None:
    result = simulate([0, 5], [1], Pool(limit=10))
    assert result.environments == 1


def test_the_limit_holds() -> None:
    result = simulate([0] * 100, [1], Pool(limit=3, cold_seconds=0, per_second=1e9))
    assert result.environments == 3
    assert result.end == 34


def test_waits_match_queueing_theory() -> None:
    per_second, servers = 8.0, 10
    random = Random(3)  # noqa: S311 - not for secrets
    arrivals = list(poisson(per_second, 20_000, seed=2))
    durations = [random.expovariate(1) for _ in arrivals]

    result = simulate(arrivals, durations, Pool(servers, cold_seconds=0, per_second=1e9))

    # Erlang's C formula: the probability of waiting in a queue for `servers` with exponential durations.
    busy = per_second**servers / factorial(servers) * servers / (servers - per_second)
    waiting = busy / (sum(per_second**n / factorial(n) for n in range(servers)) + busy)
    assert fmean(wait > 0 for wait in result.waits) == pytest.approx(waiting, rel=0.05)
    assert fmean(result.waits) == pytest.approx(waiting / (servers - per_second), rel=0.1)


@pytest.mark.parametrize(("per_minute", "limit"), [case for case in CASES if case[0] <= 1000])
def test_the_table_in_the_docs_matches_the_simulation(
    per_minute: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.scale.VARIANTS", range(5))  # as many as the project comes with
    assert f"| {' | '.join(row(per_minute, limit))} |" in (ROOT / "docs" / "scale.md").read_text()
