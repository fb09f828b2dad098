"""The command line: help, options, errors, and exit codes."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
import typer
from botocore.exceptions import NoCredentialsError
from typer.testing import CliRunner

from pipeline import cli
from pipeline.lib import shell
from pipeline.lib.errors import PipelineError
from pipeline.lib.shell import CommandError
from pipeline.stacks.table import STACKS

GROUP: Any = typer.main.get_command(cli.app)
COMMANDS: dict[str, Any] = GROUP.commands
VALUED = ("--out", "--limit", "--deadline", "--stack", "--rate", "--port", "--since", "--prefix", "--quality")
WITHOUT_STACK = {"demo", "remote-state", "variants"}  # these start their own, are about AWS, and need none


def options(name: str) -> list[Any]:
    return [parameter for parameter in COMMANDS[name].params if parameter.param_type_name == "option"]


def fail(error: Exception, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the exit code of a command that raises `error`."""

    def app(**_: Any) -> None:
        raise error

    monkeypatch.setattr(cli, "app", app)
    for effect in ("load_environment", "exit_on_signals"):  # they change the whole process
        monkeypatch.setattr(cli, effect, lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["pipeline", "status"])
    with pytest.raises(SystemExit) as raised:
        cli.main()
    return int(str(raised.value.code))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_writes_json_and_takes_a_stack(name: str) -> None:
    flags = {flag for option in options(name) for flag in option.opts}
    assert "--json" in flags
    assert ("--stack" in flags) is (name not in WITHOUT_STACK)


def test_an_option_is_the_same_everywhere() -> None:
    seen: dict[str, tuple[Any, ...]] = {}
    for name in COMMANDS:
        for option in options(name):
            described = (option.opts, option.help, option.metavar, option.envvar)
            assert seen.setdefault(option.opts[0], described) == described, name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_valid_examples(name: str) -> None:
    shown = CliRunner().invoke(cli.app, [name, "--help"])
    assert shown.exit_code == 0
    for example in import_module(f"pipeline.commands.{name.replace('-', '_')}").EXAMPLES:
        assert example in shown.stdout
        program, command, *arguments = shlex.split(example)
        assert (program, command) == ("pipeline", name)
        COMMANDS[name].make_context(name, arguments)  # raises a usage error


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_has_one_line_of_help(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = CliRunner().invoke(cli.app, [name, "--help"], terminal_width=80).stdout.splitlines()
    begin = lines.index("Options:") + 1
    section = lines[begin : lines.index("", begin)]
    for line in section:
        assert line.startswith("  -"), f"{line} continues the line before"
        assert not re.search(r"INTEGER|FLOAT|TEXT\b.*TEXT|PATH.*PATH|x>=|<=x", line), line
    for option in options(name):
        described = next(line for line in section if option.opts[0] in line)
        if option.opts[0] in VALUED:
            assert "[default: " in described, described


def test_a_number_that_is_too_small_is_a_usage_error() -> None:
    for arguments in (["upload", "a.jpg", "--deadline", "0"], ["backfill", "--rate", "0"], ["gallery", "--limit", "0"]):
        done = CliRunner().invoke(cli.app, arguments)
        assert done.exit_code == 2
        assert "0 is too small: give at least" in done.stderr


def test_stack_names_are_completed_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PIPELINE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "pipeline status --stack ")
    monkeypatch.setenv("COMP_CWORD", "3")
    completed = CliRunner().invoke(cli.app, prog_name="pipeline")
    assert completed.stdout.split() == list(STACKS)
    monkeypatch.delenv("_PIPELINE_COMPLETE")
    refused = CliRunner().invoke(cli.app, ["status", "--stack", "nowhere"])
    assert refused.exit_code == 2
    assert "nowhere" in refused.stderr


def test_completion_can_be_installed() -> None:
    shown = CliRunner().invoke(cli.app, ["--help"])
    assert "--install-completion" in shown.stdout


def test_the_exit_codes_are_in_the_help() -> None:
    shown = CliRunner().invoke(cli.app, ["--help"]).stdout
    for code in (0, cli.FAILED, 2, cli.INTERNAL_ERROR, 130):
        assert f"\n    {code} " in shown


def test_an_error_has_a_message_and_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(PipelineError("it is broken", "fix it"), monkeypatch) == 1
    assert capsys.readouterr().err.splitlines() == ["error: it is broken", "  fix it"]


def test_the_output_of_a_failed_program_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError) as raised:
        shell.run("sh", "-c", "echo 'no [such] thing' >&2; exit 3", remedy="fix it")
    assert fail(raised.value, monkeypatch) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: `sh -c 'echo '\"'\"'no [such] thing'\"'\"' >&2; exit 3'` ended with status 3",
        "  fix it",
        "no [such] thing",
    ]


def test_an_aws_error_names_what_to_check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(NoCredentialsError(), monkeypatch) == 1
    assert "your credentials are valid" in capsys.readouterr().err


def test_an_internal_error_names_the_command_that_shows_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(KeyError("name"), monkeypatch) == 70
    said = capsys.readouterr().err
    assert "KeyError('name')" in said
    assert "`pipeline --debug status`" in said
    assert "Traceback" not in said


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_debug_shows_the_traceback() -> None:
    plain, debug = run("upload", "/nowhere.jpg"), run("--debug", "upload", "/nowhere.jpg")
    assert plain.returncode == debug.returncode == 1
    assert "Traceback" not in plain.stderr
    assert "in upload" in debug.stderr
    assert debug.stderr.endswith(plain.stderr)


def test_output_to_a_file_has_no_colors() -> None:
    for arguments in (("--help",), ("variants", "README.md"), ("upload", "/nowhere.jpg")):
        done = run(*arguments)
        assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(("setting", "red"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_has_colors_unless_no_color_is_set(setting: dict[str, str], red: bool) -> None:
    leader, follower = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "pipeline", "upload", "/nowhere.jpg"],
        env={**{name: value for name, value in os.environ.items() if name != "NO_COLOR"}, "TERM": "xterm", **setting},
        stderr=follower,
        timeout=60,
        check=False,
    )
    said = os.read(leader, 10_000)
    os.close(leader)
    os.close(follower)
    assert b"/nowhere.jpg does not exist" in said
    assert (b"31m" in said) is red


def test_standard_output_contains_only_json() -> None:
    done = run("doctor", "--stack", "embedded", "--json")
    assert json.loads(done.stdout)["missing"]["embedded"] == []
