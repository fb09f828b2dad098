"""Messages that `pipeline redrive` processes again, and those that it leaves in the queue."""

from typing import Any
from unittest.mock import Mock

import pytest

from pipeline.commands import redrive
from pipeline.deployed.failures import Failure
from pipeline.deployed.function import Upload
from pipeline.deployed.outcomes import Outcome

UPLOAD = Upload("uploads", "a.png", "0" * 32, "v1", 7)
EVENT: dict[str, Any] = {"Records": [{"eventName": "ObjectRemoved:Delete"}]}
MISSING = "the function reports success, but its objects are missing"


@pytest.fixture
def delete(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """The deletion of a message. The function has no error, and no upload has objects."""
    monkeypatch.setattr(redrive, "error_of", Mock(return_value=""))
    monkeypatch.setattr(redrive, "stored_outcome", lambda _, upload: Outcome(upload, "pending", {}))
    monkeypatch.setattr(redrive, "deletes_variants", Mock(return_value=False))
    monkeypatch.setattr(redrive, "delete", deleted := Mock())
    return deleted


def attempt(failure: Failure) -> str:
    return redrive._attempt(Mock(), failure).error


def test_an_upload_that_fails_again_stays_failed(delete: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redrive, "error_of", Mock(return_value="AccessDenied"))
    (outcome,) = redrive._attempt(Mock(), Failure("m1", "r1", (UPLOAD,), "SlowDown", EVENT)).outcomes
    assert (outcome.state, outcome.reason) == ("failed", "AccessDenied")
    delete.assert_not_called()


def test_a_message_about_a_removal_is_deleted_once_the_function_takes_it(delete: Mock) -> None:
    assert attempt(Failure("m1", "r1", (), "AccessDenied", EVENT)) == ""
    delete.assert_called_once()


def test_a_message_about_a_removal_stays_while_the_function_fails(
    delete: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrive, "error_of", Mock(return_value="AccessDenied"))
    assert attempt(Failure("m1", "r1", (), "AccessDenied", EVENT)) == "AccessDenied"
    delete.assert_not_called()


def test_a_message_that_is_no_event_of_the_function_stays(delete: Mock) -> None:
    assert attempt(Failure("m1", "r1", (), "not a failed event", {})) == "not a failed event"
    delete.assert_not_called()


@pytest.mark.parametrize(("deletes", "error"), [(False, MISSING), (True, "")])
def test_an_upload_without_objects_is_deleted_or_an_error(
    deletes: bool, error: str, delete: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrive, "deletes_variants", Mock(return_value=deletes))
    assert attempt(Failure("m1", "r1", (UPLOAD,), "SlowDown", EVENT)) == error
    assert delete.called is deletes
