"""While a deployment is updated, layers change seconds before code. Uploads survive that."""

import io
import zipfile
from typing import Any

from pipeline.deployed.function import VARIANTS
from pipeline.lib.waiting import poll
from tests.account.emulator import Account
from tests.integration.images import encoded, quarters

PNG = encoded(quarters(16, 12), "PNG")
SECONDS = 60

# What the function's import of Pillow meets in a layer for another architecture.
FOREIGN_PILLOW = "raise ImportError('_imaging.cpython-312-aarch64-linux-gnu.so: cannot open shared object file')"


def test_uploads_during_an_update_are_retried_with_the_new_code(account: Account, outputs: dict[str, str]) -> None:
    functions, name = account.client("lambda"), outputs["lambda_function_name"]
    before = messages(account, outputs)
    layers = [each["Arn"] for each in functions.get_function_configuration(FunctionName=name)["Layers"]]
    foreign = publish(functions, "PIL/__init__.py", FOREIGN_PILLOW)
    with_layers(functions, name, [foreign])
    account.client("s3").put_object(Bucket=outputs["upload_bucket_name"], Key="between.png", Body=PNG)
    assert poll(lambda: "Worker init failed" in account.log.read_text() or None, SECONDS), "no attempt has failed"
    with_layers(functions, name, layers)
    assert poll(lambda: len(variants(account, outputs)) == len(VARIANTS) or None, SECONDS), "it was not tried again"
    assert messages(account, outputs) == before


def publish(functions: Any, path: str, text: str) -> str:
    """Publish a layer with one Python file, and return its ARN."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"python/{path}", text)
    published = functions.publish_layer_version(LayerName="foreign", Content={"ZipFile": content.getvalue()})
    return str(published["LayerVersionArn"])


def with_layers(functions: Any, name: str, layers: list[str]) -> None:
    """Give the function other layers, as the first of two requests of an update does."""
    functions.update_function_configuration(FunctionName=name, Layers=layers)
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)


def variants(account: Account, outputs: dict[str, str]) -> list[str]:
    """Return the keys of what was made from the upload."""
    listed = account.client("s3").list_objects_v2(Bucket=outputs["processed_bucket_name"], Prefix="between_")
    return [item["Key"] for item in listed.get("Contents", [])]


def messages(account: Account, outputs: dict[str, str]) -> str:
    """Return how many messages are in the failure queue."""
    queue, attribute = outputs["failure_queue_url"], "ApproximateNumberOfMessages"
    answer = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[attribute])
    return str(answer["Attributes"][attribute])
