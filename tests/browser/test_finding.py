"""Sorting and filtering."""

import pytest
from playwright.sync_api import Page

from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import Outcome
from tests.browser.conftest import HOSTILE, Run
from tests.browser.sheet import names

STATUS = ".tools [role=status]"


def test_names_are_sorted_naturally(page: Page) -> None:
    assert names(page)[:4] == [HOSTILE, "animation.gif", "café+crème/logo.png", "evening.avif"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("rejected", ["notes.txt", "truncated.jpg"]), ("failed", ["failed.png"]), ("pending", ["pending.txt"])],
)
def test_uploads_are_filtered_by_outcome(state: str, expected: list[str], page: Page) -> None:
    page.get_by_role("radio", name=state).check()
    assert names(page) == expected
    assert page.locator(STATUS).inner_text() == f"{len(expected)} of 13 uploads"
    page.get_by_role("radio", name="all").check()
    assert len(names(page)) == 13


def test_a_search_ignores_case_and_how_accents_are_encoded(page: Page) -> None:
    for typed in ("CAFÉ", "cafe\u0301"):
        page.get_by_role("searchbox", name="Name").fill(typed)
        assert names(page) == ["café+crème/logo.png"]
    page.get_by_role("searchbox", name="Name").fill("<img")
    assert names(page) == [HOSTILE]
    page.get_by_role("searchbox", name="Name").fill("no such name")
    assert (names(page), page.locator(STATUS).inner_text()) == ([], "0 of 13 uploads")


def test_a_search_without_a_result_says_so_and_can_be_cleared(page: Page) -> None:
    page.get_by_role("radio", name="rejected").check()
    page.get_by_role("searchbox", name="Name").fill("zzz")
    assert page.locator(".none span").inner_text() == "No rejected upload matches 'zzz'"
    page.get_by_role("radio", name="all").check()
    assert page.locator(".none span").inner_text() == "No upload matches 'zzz'"
    page.get_by_role("button", name="Show all uploads").click()
    assert len(names(page)) == 13
    assert page.locator(".none").is_hidden()
    assert page.evaluate("document.activeElement.name") == "name"


def test_the_keyboard_filters_by_name_and_outcome(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.type("l")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.value") == "complete"
    assert names(page) == [HOSTILE, "café+crème/logo.png", "landscape.jpg", "palette.bmp"]


def test_the_largest_come_first(run: Run, page: Page) -> None:
    page.get_by_role("combobox").select_option("largest")
    sizes = [run.outcomes[name].upload.size for name in names(page) if name in run.outcomes]
    assert sizes == sorted(sizes, reverse=True)


def test_the_slowest_come_first(page: Page) -> None:
    page.get_by_role("combobox").select_option("slowest")
    times = page.locator(".facts data:nth-of-type(2)").evaluate_all("all => all.map((one) => Number(one.value))")
    assert len(times) == 11
    assert times == sorted(times, reverse=True)


def test_the_largest_savings_come_first(run: Run, page: Page) -> None:
    page.get_by_role("combobox").select_option("saved")
    complete = [name for name in names(page) if name in run.outcomes and run.outcomes[name].state == "complete"]
    assert names(page)[: len(complete)] == complete, "uploads without variants save nothing"
    shares = [smallest(run, run.outcomes[name]) / run.outcomes[name].upload.size for name in complete]
    assert shares == sorted(shares)


def smallest(run: Run, outcome: Outcome) -> int:
    """Return the bytes of the smallest full-size variant."""
    keys = [outcome.keys[variant.name] for variant in VARIANTS if not variant.fit]
    bucket = run.deployment.processed_bucket
    return min(run.deployment.s3.head_object(Bucket=bucket, Key=key)["ContentLength"] for key in keys)


def test_failed_and_pending_uploads_come_first(page: Page) -> None:
    page.get_by_role("combobox").select_option("outcome")
    assert names(page)[:2] == ["failed.png", "pending.txt"]
