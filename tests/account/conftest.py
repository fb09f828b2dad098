"""One emulated account for all tests here, and the Terraform configuration applied to it."""

from collections.abc import Iterator

import pytest

from tests.account.checkout import Checkout
from tests.account.emulator import Account


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Provide an empty AWS account."""
    account = Account(tmp_path_factory.mktemp("account"))
    try:
        account.start()
        yield account
    finally:
        account.stop()


@pytest.fixture(scope="session")
def outputs(account: Account, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs (name -> value) of terraform/, applied to the account."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"), account.environment())
    return checkout.apply()
