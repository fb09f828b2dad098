"""Unusual keys, as people and programs choose them."""

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, plain_text
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process

PNG = encoded(quarters(16, 12), "PNG")

NAMES = [
    "with spaces and  two.png",
    "plus+sign.png",
    "café/Ünïcode 日本語 😀.png",
    "percent%20and%2Fmore.png",
    "&$@=;:,?'()!*~.png",
    "<img src=x onerror=alert(1)>.png",
    "two.dots.tar.png",
    "no-extension",
    ".hidden",
    "a//empty//folder.png",
    "=?utf-8?b?bm90IGVuY29kZWQ=?=.png",
    "l" * 900 + ".png",
    "日" * 300 + ".png",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:40])
def test_an_odd_key_gets_its_variants(name: str, process: Process, deployment: Deployment) -> None:
    outcome = process(name, PNG)
    assert outcome.state == "complete", outcome.reason
    assert len(set(outcome.keys.values())) == len(VARIANTS)
    for key in outcome.keys.values():
        metadata = deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)["Metadata"]
        assert plain_text(metadata["source-key"]) == outcome.upload.key


def test_folders_are_kept(process: Process, folder: str) -> None:
    outcome = process("a/b/c.png", PNG)
    assert all(key.startswith(f"{folder}/a/b/c_") for key in outcome.keys.values())


def test_files_that_differ_only_in_extension_do_not_collide(process: Process) -> None:
    png, other = process("a.png", PNG), process("a.jpg", PNG)
    assert not set(png.keys.values()) & set(other.keys.values())
