"""One copy of the checkout for all commands."""

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
def stack(checkout: Checkout) -> Checkout:
    """The checkout with its embedded stack running."""
    checkout.start_stack()
    return checkout
