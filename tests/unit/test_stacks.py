"""Starting and stopping stacks: missing programs, taken ports, leftovers."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.deployed.deployment import Deployment, _isolated_session
from pipeline.lib.errors import NotRunningError, PipelineError
from pipeline.lib.ports import free_port, is_taken
from pipeline.stacks import aws_cli, tflocal
from pipeline.stacks.aws import Aws
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.engine import Engine
from pipeline.stacks.localstack import LocalStack
from pipeline.stacks.ministack import MiniStack
from pipeline.stacks.table import get_stack
from pipeline.stacks.tflocal import WorkingCopy
from tests.programs import add


def silent(_: str) -> None:
    """Print nothing."""


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port on which a program listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty directory, the only one in PATH."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


def test_without_docker_the_error_points_to_the_demo(programs: Path) -> None:  # noqa: ARG001 - it empties PATH
    with pytest.raises(PipelineError, match="Docker is not installed") as raised:
        LocalStack().start(silent)
    assert "`make demo`" in raised.value.remedy


def test_a_daemon_that_does_not_answer_is_named(programs: Path) -> None:
    add(programs, "docker", '[ "$1" = --version ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }')
    with pytest.raises(PipelineError, match="daemon does not answer: Cannot connect to the Docker daemon"):
        LocalStack().start(silent)


def test_compose_is_needed(programs: Path) -> None:
    add(programs, "docker", '[ "$1" != compose ] || { echo "unknown command: compose" >&2; exit 1; }; echo 28')
    with pytest.raises(PipelineError, match="Docker Compose 2 is not installed"):
        LocalStack().start(silent)


def test_terraform_is_needed(programs: Path) -> None:
    add(programs, "docker", "exit 0")
    with pytest.raises(PipelineError, match="Terraform is not installed"):
        LocalStack().start(silent)


@pytest.mark.parametrize(("old", "built"), [(0, []), (1, ["layer"])])
def test_layer_and_function_are_built_if_make_finds_them_outdated(
    programs: Path, old: int, built: list[str], taken: int
) -> None:
    add(programs, "docker", "exit 0")
    add(programs, "terraform", "exit 0")
    add(programs, "make", f'echo "$@" >>{programs}/made; [ "$1" != --question ] || exit {old}')
    with pytest.raises(PipelineError, match="is taken"):
        LocalStack(port=taken).start(silent)
    assert (programs / "made").read_text().splitlines() == ["--question layer", *built, "function"]


def test_a_taken_port_is_named(programs: Path, taken: int, tmp_path: Path) -> None:
    for name in ("docker", "terraform", "make"):
        add(programs, name, "exit 0")
    for stack in (LocalStack(tmp_path / "localstack", taken), Embedded(tmp_path / "embedded", taken)):
        with pytest.raises(PipelineError, match=f"port {taken} .*is taken") as raised:
            stack.start(silent)
        assert "PORT=" in raised.value.remedy


def test_code_is_not_reloaded_on_aws() -> None:
    deployment = Deployment("upload", "processed", "function", "queue", "us-east-1")
    with pytest.raises(PipelineError) as raised:
        Aws().reload(deployment)
    assert "make deploy-aws" in raised.value.remedy


def test_nothing_is_deployed_without_a_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stacks.aws.TERRAFORM", tmp_path)
    monkeypatch.setattr("pipeline.stacks.aws.BACKEND", tmp_path / "backend.tf")
    monkeypatch.setenv("PATH", str(tmp_path))  # has no Terraform, which isn't asked
    (tmp_path / ".terraform").mkdir()
    with pytest.raises(NotRunningError, match="nothing is deployed to AWS from this checkout") as raised:
        Aws().describe()
    assert "make deploy-aws" in raised.value.remedy
    (tmp_path / "backend.tf").touch()
    with pytest.raises(NotRunningError, match=r"does not use the state in terraform/backend\.tf yet"):
        Aws().describe()


@pytest.mark.parametrize("state", ["terraform.tfstate", "terraform.tfstate.d/prod", ".terraform/terraform.tfstate"])
def test_terraform_reads_a_state(state: str, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stacks.aws.TERRAFORM", programs)
    (programs / state).parent.mkdir(exist_ok=True)
    (programs / state).touch()
    names = ("upload_bucket_name", "processed_bucket_name", "lambda_function_name", "failure_queue_url", "region")
    add(programs, "terraform", f"echo '{json.dumps({name: {'value': name} for name in names})}'")
    assert Aws().describe().upload_bucket == "upload_bucket_name"


def test_a_stack_that_does_not_run_is_not_described(programs: Path, tmp_path: Path) -> None:
    add(programs, "docker", "exit 0")
    for stack in (LocalStack(tmp_path / "localstack"), Embedded(tmp_path / "embedded")):
        with pytest.raises(NotRunningError) as raised:
            stack.describe()
        assert "make up" in raised.value.remedy


def test_stopping_a_stopped_stack_is_not_an_error(tmp_path: Path) -> None:
    Embedded(tmp_path / "embedded").stop(silent)


def test_ministack_gets_no_variable_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://elsewhere.example")
    environment = MiniStack(tmp_path)._environment(4566)
    assert environment["AWS_SECRET_ACCESS_KEY"] == "test"
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert not {"AWS_ENDPOINT_URL", "HTTPS_PROXY"} & environment.keys()


def test_another_process_with_the_recorded_id_is_not_stopped(tmp_path: Path) -> None:
    (tmp_path / "process.json").write_text(json.dumps({"pid": 1, "created": 0.0, "port": 4566}))
    with pytest.raises(NotRunningError):
        MiniStack(tmp_path).endpoint_url  # noqa: B018 - the look-up is what is tested
    MiniStack(tmp_path).stop()


def test_embedded_starts_twice_and_stops_without_a_trace(tmp_path: Path) -> None:
    stack = Embedded(tmp_path / "embedded", free_port())
    lines: list[str] = []
    try:
        first = stack.start(silent)
        second = stack.start(lines.append)
    finally:
        stack.stop(silent)
    assert first == second
    assert lines == ["nothing has changed"]
    assert not is_taken(stack.port)
    assert list(tmp_path.iterdir()) == []


def test_everything_is_applied_again_to_a_restarted_localstack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = "one"
    applied: list[bool] = []  # for each apply: whether there was a state

    def run(self: WorkingCopy, command: str, *_: str, accept: tuple[int, ...] = (0,)) -> int:
        state = self._terraform / "terraform.tfstate"
        if command == "apply":
            applied.append(state.exists())
            state.touch()
        return accept[-1]

    monkeypatch.setattr(WorkingCopy, "_running_session", lambda _: session)
    monkeypatch.setattr(WorkingCopy, "_run", run)
    monkeypatch.setattr(WorkingCopy, "outputs", lambda _: {})
    working_copy = WorkingCopy(tmp_path / "stack", "http://localhost:4566")
    working_copy.apply(silent)
    working_copy.apply(silent)
    session = "two"
    assert not working_copy.exists()
    working_copy.apply(silent)
    assert applied == [False, True, False]
    assert working_copy.exists()


def test_the_working_copy_has_no_leftover_of_a_killed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WorkingCopy, "_running_session", lambda _: "one")
    monkeypatch.setattr(WorkingCopy, "_run", lambda *_, **__: tflocal.NO_CHANGES)
    monkeypatch.setattr(WorkingCopy, "outputs", lambda _: {})
    working_copy = WorkingCopy(tmp_path / "stack", "http://localhost:4566")
    working_copy.apply(silent)
    leftover = tmp_path / "stack" / "terraform" / "localstack_providers_override.tf"
    leftover.write_text("provider {}")
    working_copy.apply(silent)
    assert not leftover.exists()
    assert (leftover.parent / "lambda.tf").exists()
    assert (leftover.parent / ".terraform.lock.hcl").exists()


def test_a_free_port_is_free() -> None:
    assert not is_taken(free_port())


SETTINGS = {
    "AWS_PROFILE": "nobody",
    "AWS_DEFAULT_PROFILE": "nobody",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_RETRY_MODE": "never",
    "AWS_CA_BUNDLE": "/nowhere.pem",
    "AWS_DEFAULT_REGION": "mars-1",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


def test_the_callers_aws_settings_do_not_reach_a_local_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "config"
    broken.write_text("[this is not\nan AWS configuration")
    for name, value in SETTINGS.items() | {
        ("AWS_CONFIG_FILE", str(broken)),
        ("AWS_SHARED_CREDENTIALS_FILE", str(broken)),
    }:
        monkeypatch.setenv(name, value)
    _isolated_session.cache_clear()
    stack = Embedded(tmp_path / "embedded", free_port())
    try:
        deployment = stack.start(silent)
        deployment.s3.put_object(Bucket=deployment.upload_bucket, Key="a.txt", Body=b"text")
        assert deployment.s3.get_object(Bucket=deployment.upload_bucket, Key="a.txt")["Body"].read() == b"text"
    finally:
        stack.stop(silent)


LOCAL = Deployment("upload", "processed", "function", "queue", "us-east-1", "http://127.0.0.1:4566")


@pytest.mark.parametrize(
    ("endpoint", "root", "profile", "command"),
    [
        (None, "/src", None, "aws --region us-east-1"),
        ("http://127.0.0.1:4566", "/src", None, "DISABLE_DEPRECATION_NOTICE=1 .venv/bin/awslocal"),
        (
            "http://127.0.0.1:4570",
            "/src",
            None,
            "DISABLE_DEPRECATION_NOTICE=1 AWS_ENDPOINT_URL=http://127.0.0.1:4570 .venv/bin/awslocal",
        ),
        ("http://127.0.0.1:4566", "/my src", None, "DISABLE_DEPRECATION_NOTICE=1 .venv/bin/python .venv/bin/awslocal"),
        (
            "http://127.0.0.1:4566",
            "/src",
            "nobody",
            "env -u AWS_PROFILE DISABLE_DEPRECATION_NOTICE=1 .venv/bin/awslocal",
        ),
    ],
)
def test_the_printed_aws_command_works_on_this_machine(
    endpoint: str | None, root: str, profile: str | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in aws_cli.HARMFUL:
        monkeypatch.delenv(name, raising=False)
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    monkeypatch.setattr(aws_cli, "ROOT", Path(root))
    assert aws_cli.aws_command(replace(LOCAL, endpoint_url=endpoint)) == command


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "http://localhost:4566/"])
def test_an_engine_of_this_machine_is_accepted(url: str, tmp_path: Path) -> None:
    assert Engine(url, tmp_path).url == "http://localhost:4566"


@pytest.mark.parametrize("url", ["https://s3.amazonaws.com", "http://elsewhere.example:4566", "localhost:4566", ""])
def test_another_url_is_not_an_engine(url: str) -> None:
    with pytest.raises(PipelineError, match="is not an address of this machine"):
        Engine(url)


def test_an_engine_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="nothing answers at http://localhost:"):
        Engine(f"http://localhost:{free_port()}", tmp_path)._check_running()


def test_a_variable_chooses_an_engine_for_localstack(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(get_stack("localstack"), LocalStack)
    monkeypatch.setenv("ENGINE_URL", "http://127.0.0.1:4570")
    assert isinstance(get_stack("localstack"), Engine)
