"""A minimal web application on the pipeline: a browser uploads a picture, and shows its variants.

The browser gets a signed form, which S3 accepts for ten minutes, and sends the picture with it straight to S3. An
outcome event then contains the variants. The settings below, and those of boto3, come from the environment:

    UPLOAD_BUCKET=... PROCESSED_BUCKET=... OUTCOME_QUEUE_URL=... hypercorn app:app --bind 127.0.0.1:8000

This application has no users. In yours, decide who can upload, and who can see which variants.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.config import Config
from starlette.datastructures import CommaSeparatedStrings
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

environment = Config()
UPLOAD_BUCKET = environment("UPLOAD_BUCKET")
UPLOAD_PREFIX = environment("UPLOAD_PREFIX", default="uploads/")
PROCESSED_BUCKET = environment("PROCESSED_BUCKET")
OUTCOME_QUEUE_URL = environment("OUTCOME_QUEUE_URL", default="")
VARIANTS = environment("VARIANTS", cast=CommaSeparatedStrings, default="")  # only needed without a queue
S3_PATH_STYLE = environment("S3_PATH_STYLE", cast=bool, default=False)  # for emulators
ALLOWED_HOSTS = environment("ALLOWED_HOSTS", cast=CommaSeparatedStrings, default="127.0.0.1,localhost")

MAX_BYTES = 40_000_000  # of a picture
FORM_SECONDS, LINK_SECONDS = 600, 3600  # how long S3 accepts a form, and a link to a variant
RETRY_SECONDS = 5

# A virtual-hosted address has the region in it, so S3 never redirects, which browsers don't follow. KMS keys need s3v4.
STYLE: Literal["path", "virtual"] = "path" if S3_PATH_STYLE else "virtual"
s3 = boto3.client("s3", config=ClientConfig(signature_version="s3v4", s3={"addressing_style": STYLE}))
sqs = boto3.client("sqs")
log = logging.getLogger("hypercorn.error")

Outcome = dict[str, Any]  # as in docs/outcome.schema.json
outcomes: dict[str, Outcome] = {}  # by upload. Keep yours in a database, so that they survive a restart


def index(_: Request) -> FileResponse:
    """Return the page."""
    return FileResponse(Path(__file__).with_name("page.html"))


def create_upload(_: Request) -> JSONResponse:
    """Return a form for one upload: its address, and the fields to send before the file."""
    upload = secrets.token_urlsafe(16)
    form = s3.generate_presigned_post(
        UPLOAD_BUCKET,
        f"{UPLOAD_PREFIX}{upload}/${{filename}}",  # the rest of the key is up to the browser
        Conditions=[["content-length-range", 1, MAX_BYTES], ["starts-with", "$Content-Type", "image/"]],
        ExpiresIn=FORM_SECONDS,
    )
    return JSONResponse({"upload": upload, "max_bytes": MAX_BYTES, **form}, status_code=201)


def show_upload(request: Request) -> JSONResponse:
    """Return the outcome of an upload: links to its variants, or the reason why there are none."""
    upload = request.path_params["upload"]
    outcome = (outcomes.get(upload) if OUTCOME_QUEUE_URL else find_outcome(upload)) or {"outcome": "pending"}
    if outcome["outcome"] != "variants":
        return JSONResponse({name: outcome[name] for name in ("outcome", "reason") if name in outcome})
    variants = [variant | {"url": link(variant["key"])} for variant in outcome["variants"]]
    return JSONResponse({"outcome": "variants", "variants": variants})


def link(key: str) -> str:
    """Return a URL that can read an object of the processed bucket for an hour."""
    return s3.generate_presigned_url("get_object", {"Bucket": PROCESSED_BUCKET, "Key": key}, LINK_SECONDS)


def receive_outcomes() -> None:
    """Remember the outcome events in the queue as they arrive, until the process ends."""
    while True:
        try:
            received = sqs.receive_message(QueueUrl=OUTCOME_QUEUE_URL, MaxNumberOfMessages=10, WaitTimeSeconds=20)
            for message in received.get("Messages", []):
                remember(message["Body"])
                sqs.delete_message(QueueUrl=OUTCOME_QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])
        except (BotoCoreError, ClientError):
            log.exception("can't receive outcomes from %s, trying again", OUTCOME_QUEUE_URL)
            time.sleep(RETRY_SECONDS)


def remember(event: str) -> None:
    """Put the outcomes in `event`, the body of a message, into `outcomes`."""
    try:
        for outcome in json.loads(event)["responsePayload"]["outcomes"]:
            if outcome["bucket"] == UPLOAD_BUCKET and outcome["key"].startswith(UPLOAD_PREFIX):  # not somebody else's
                keep(outcome["key"].removeprefix(UPLOAD_PREFIX).partition("/")[0], outcome)
    except (LookupError, TypeError, ValueError):
        log.exception("this message is not an outcome event: %r", event)


def keep(upload: str, outcome: Outcome) -> None:
    """Keep an outcome, unless the upload is deleted: messages can arrive twice, and in any order."""
    if outcomes.get(upload, {}).get("outcome") != "deleted":
        outcomes[upload] = outcome


def find_outcome(upload: str) -> Outcome | None:
    """Return the outcome of an upload from its objects, or None if it has none yet. It's for stacks without events."""
    found = s3.list_objects_v2(Bucket=PROCESSED_BUCKET, Prefix=f"{UPLOAD_PREFIX}{upload}/").get("Contents", [])
    variants = {}
    for item in found:
        stem, _, extension = item["Key"].rpartition(".")
        if extension == "json":
            return Outcome(json.load(s3.get_object(Bucket=PROCESSED_BUCKET, Key=item["Key"])["Body"]))
        name = stem.split("_")[-2]  # of <stem>_<variant>_<id>
        variants[name] = {"name": name, "key": item["Key"], "bytes": item["Size"]}
    if not variants.keys() >= set(VARIANTS):
        return None
    return {"outcome": "variants", "variants": [variants[name] for name in VARIANTS]}


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Receive outcome events while the application answers requests."""
    if OUTCOME_QUEUE_URL:
        threading.Thread(target=receive_outcomes, daemon=True).start()
    yield


app = Starlette(
    routes=[
        Route("/", index),
        Route("/uploads", create_upload, methods=["POST"]),
        Route("/uploads/{upload}", show_upload),
    ],
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(ALLOWED_HOSTS))],
    lifespan=lifespan,
)
