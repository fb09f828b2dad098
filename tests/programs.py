"""Programs that stand in for others on PATH."""

from pathlib import Path


def add(directory: Path, name: str, script: str) -> None:
    """Puts a program NAME, which does what SCRIPT says, into DIRECTORY."""
    program = directory / name
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)
