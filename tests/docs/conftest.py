"""One checkout for all commands."""

from collections.abc import Iterator

import pytest

from tests.docs.checkout import Checkout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    try:
        yield checkout
    finally:
        checkout.run("make down")


@pytest.fixture
def running(checkout: Checkout) -> Checkout:
    """The checkout with its embedded stack up."""
    checkout.up()
    return checkout
