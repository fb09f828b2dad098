"""An AWS account in MiniStack: it enforces IAM, and it serves over TLS, which the buckets' policies demand."""

import os
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import psutil

from pipeline.lib.errors import DeadlineError
from pipeline.lib.ports import HOST, free_port
from pipeline.lib.shell import run
from pipeline.lib.waiting import poll

REGION = "us-east-1"
ROOT_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}  # they may do everything
S3_CONTROL = "localhost.localstack.cloud"  # its client puts the account's number in front of the host's name
NAMES = f"DNS:localhost,DNS:{S3_CONTROL},DNS:*.{S3_CONTROL},IP:{HOST}"
START_SECONDS, STOP_SECONDS = 60, 10


class Account:
    """A MiniStack process with its files in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.log = directory / "ministack.log"
        self.certificate, self._key = directory / "certificate.pem", directory / "key.pem"

    @property
    def endpoint_url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def environment(self, keys: dict[str, str] | None = None) -> dict[str, str]:
        """Return the variables that redirect AWS's endpoints to this account, with the credentials `keys`."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ENDPOINT_URL_S3_CONTROL": f"https://{S3_CONTROL}:{self.port}",
            "AWS_CA_BUNDLE": str(self.certificate),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{HOST},localhost,{S3_CONTROL},.{S3_CONTROL}",
            **(keys or ROOT_KEYS),
        }

    def user(self, name: str, policies: Mapping[str, str]) -> dict[str, str]:
        """Create the user `name` with `policies` (name -> JSON), and return the variables of its access key."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        for title, document in policies.items():
            policy = iam.create_policy(PolicyName=title, PolicyDocument=document)["Policy"]
            iam.attach_user_policy(UserName=name, PolicyArn=policy["Arn"])
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def client(self, service: str, **settings: Any) -> Any:
        """Return a boto3 client with the rights of the account's root user."""
        return self._session.client(  # type: ignore[call-overload]
            service, endpoint_url=self.endpoint_url, verify=str(self.certificate), **settings
        )

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session("test", "test", region_name=REGION)

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            DeadlineError: it doesn't answer.
        """
        run(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=emulator"),
            *("-addext", f"subjectAltName={NAMES}", "-keyout", str(self._key), "-out", str(self.certificate)),
        )
        with self.log.open("wb") as log:
            self._process = psutil.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=self.directory,
                env=self._settings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not poll(lambda: self._answers() or None, START_SECONDS, unless=lambda: not self._process.is_running()):
            raise DeadlineError("MiniStack did not answer", "see its log", self.log.read_text())

    def stop(self) -> None:
        family = [self._process, *self._process.children(recursive=True)]  # with the functions' processes
        for process in family:  # its own way to stop takes ten seconds, and nothing in it is worth saving
            process.kill()
        psutil.wait_procs(family, STOP_SECONDS)

    def _settings(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "TMPDIR": str(self.directory),
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "AUTH": "true",
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(self.certificate),
            "MINISTACK_SSL_KEY": str(self._key),
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "5",
            "PYTHONUTF8": "1",
            **ROOT_KEYS,
        }

    def _answers(self) -> bool:
        trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(self.certificate)))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), trusted)
        try:
            with opener.open(f"{self.endpoint_url}/_ministack/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
