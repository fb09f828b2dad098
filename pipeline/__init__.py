"""The operator's command: `pipeline`."""

__version__ = "0.1.0"
