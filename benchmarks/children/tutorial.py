"""The function that most tutorials show: each variant saved with optimize=True, one after the other."""

import json
import os
from io import BytesIO

import boto3
import PIL
from PIL import Image

VARIANTS = {
    "compressed": ("JPEG", 85),
    "low": ("JPEG", 60),
    "webp": ("WEBP", 85),
    "png": ("PNG", None),
    "thumbnail": ("JPEG", 85),
}

s3 = boto3.client("s3")


def lambda_handler(event: dict, _context: object) -> dict:  # type: ignore[type-arg]
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        for name, variant in variants(content).items():
            s3.put_object(Bucket=os.environ["PROCESSED_BUCKET"], Key=f"{key}_{name}", Body=variant)
    return {"statusCode": 200, "body": json.dumps("done")}


def variants(content: bytes) -> dict[str, bytes]:
    image = Image.open(BytesIO(content))
    return {name: variant(image, name, *VARIANTS[name]) for name in VARIANTS}


def variant(image: Image.Image, name: str, form: str, quality: "int | None") -> bytes:
    if form == "JPEG" and image.mode != "RGB":
        image = image.convert("RGB")
    if name == "thumbnail":
        image = image.copy()
        image.thumbnail((200, 200), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    options = {} if quality is None else {"quality": quality}
    image.save(buffer, form, optimize=True, **options)
    return buffer.getvalue()


if __name__ == "__main__":
    from protocol import serve

    serve(variants, {"pil": PIL.__version__})
