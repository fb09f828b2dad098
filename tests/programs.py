"""Fake programs on PATH."""

from pathlib import Path


def add(directory: Path, name: str, script: str) -> None:
    """Write the program `name` to `directory`; it runs the Bash `script`."""
    program = directory / name
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)
