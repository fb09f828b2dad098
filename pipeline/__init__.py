"""The `pipeline` command, which runs and operates the image pipeline."""

__version__ = "0.1.0"
