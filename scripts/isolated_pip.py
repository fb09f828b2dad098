"""Run pip with the caller's index and network settings, and without their other settings.

Settings such as `target`, `prefix`, `user`, or `constraint`, in the environment or in a pip.conf, would keep the locked
requirements out of .venv. Pip's own --isolated would also ignore a private index.
"""

import os
import subprocess
import sys
from ast import literal_eval
from collections.abc import Iterable

PIP = (sys.executable, "-m", "pip")
KEPT = {
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "keyring-provider",
    "trusted-host",
    "cert",
    "client-cert",
    "proxy",
    "timeout",
    "default-timeout",
    "retries",
    "cache-dir",
    "no-cache-dir",
}
SECTIONS = ("global", "install", ":env:")  # of pip's configuration; each one overrides those before it


def kept_settings(listing: Iterable[str]) -> dict[str, str]:
    """Return the settings to keep, as environment variables, from the lines of `pip config list`."""
    found: dict[tuple[str, str], str] = {}
    for line in listing:
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if key in KEPT:
            found[section, key] = " ".join(literal_eval(value).split())
    return {
        f"PIP_{key.upper().replace('-', '_')}": value
        for each in SECTIONS
        for (section, key), value in found.items()
        if section == each
    }


def main() -> int:
    """Run pip with this program's arguments, and return its exit code."""
    all_files = {**os.environ, "PIP_USER": "0"}  # with "user = yes", pip would list only the user's own pip.conf
    listed = subprocess.run([*PIP, "config", "list"], env=all_files, stdout=subprocess.PIPE, text=True, check=False)
    if listed.returncode:
        return listed.returncode
    others = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment = {**others, **kept_settings(listed.stdout.splitlines()), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run([*PIP, *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
