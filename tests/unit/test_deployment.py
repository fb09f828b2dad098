"""Which objects in the upload bucket are uploads."""

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import PipelineError

OUTPUTS = {
    "upload_bucket_name": "upload",
    "processed_bucket_name": "processed",
    "lambda_function_name": "processor",
    "failure_queue_url": "http://queue",
    "region": "us-east-1",
}


def filtered(prefix: str, *suffixes: str) -> Deployment:
    return Deployment.from_outputs(OUTPUTS | {"upload_prefix": prefix, "upload_suffixes": list(suffixes)})


@pytest.mark.parametrize(
    ("deployment", "taken", "others"),
    [
        (Deployment.from_outputs(OUTPUTS), ["a.jpg", "b/c"], []),
        (filtered(""), ["a.jpg", "b/c"], []),
        (filtered("photos/"), ["photos/a.jpg", "photos/b"], ["photos", "a.jpg", "old/photos/a.jpg"]),
        (filtered("", ".jpg", ".JPG"), ["a.jpg", "b/c.JPG"], ["a.png", "a.Jpg", "a.jpg/b"]),
        (filtered("photos/", ".jpg"), ["photos/a.jpg"], ["photos/a.png", "a.jpg"]),
    ],
)
def test_uploads_have_the_prefix_and_one_of_the_suffixes(
    deployment: Deployment, taken: list[str], others: list[str]
) -> None:
    assert [key for key in [*taken, *others] if deployment.takes(key)] == taken


@pytest.mark.parametrize(
    ("deployment", "rule"),
    [
        (filtered("photos/"), "the keys of uploads start with photos/"),
        (filtered("", ".jpg", ".png"), "the keys of uploads end with .jpg or .png"),
        (filtered("photos/", ".jpg"), "the keys of uploads start with photos/ and end with .jpg"),
    ],
)
def test_a_file_that_would_not_be_processed_is_not_uploaded(deployment: Deployment, rule: str) -> None:
    with pytest.raises(PipelineError) as raised:
        deployment.check_key("a.txt")
    assert raised.value.problem == f"a.txt would not be processed: {rule}"


@pytest.mark.parametrize(
    ("asked", "listed"), [("", "photos/"), ("ph", "photos/"), ("photos/", "photos/"), ("photos/2026", "photos/2026")]
)
def test_only_objects_with_the_prefix_are_listed(asked: str, listed: str) -> None:
    assert filtered("photos/").narrow(asked) == listed


def test_a_prefix_of_no_upload_is_an_error() -> None:
    with pytest.raises(PipelineError, match="no upload starts with videos/"):
        filtered("photos/").narrow("videos/")
