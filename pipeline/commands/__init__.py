"""The subcommands of `pipeline`, one a file."""
