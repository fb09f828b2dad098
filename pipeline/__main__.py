"""The program `pipeline`, also `python -m pipeline`."""

import signal


def main() -> None:
    """Loads the command, at which Ctrl-C ends it without a word, and runs it."""
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from pipeline.cli import main as run

    signal.signal(signal.SIGINT, handler)
    run()


if __name__ == "__main__":
    main()
