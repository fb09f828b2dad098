"""Where things stand in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAMBDA = ROOT / "lambda"
TERRAFORM = ROOT / "terraform"
LAYER = TERRAFORM / "pillow_layer.zip"
STATE = ROOT / ".stack"  # what running stacks keep: never committed, never a real deployment's
BUILD = ROOT / "build"
