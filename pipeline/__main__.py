"""The program `pipeline`, also `python -m pipeline`."""

import signal


def main() -> None:
    """Import the command and run it. Ctrl-C during the import ends the process silently."""
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from pipeline.cli import main as run

    signal.signal(signal.SIGINT, handler)
    run()


if __name__ == "__main__":
    main()
