"""What people type: the examples in the help of each subcommand."""

EXAMPLES = {
    "demo": ("pipeline demo", "pipeline demo ~/Pictures/holiday"),
    "doctor": ("pipeline doctor", "pipeline doctor --stack localstack --json"),
    "variants": ("pipeline variants photo.jpg", "pipeline variants album --out made --quality compressed=80"),
    "up": ("pipeline up", "pipeline up --port 4570", "pipeline up --stack embedded"),
    "down": ("pipeline down", "pipeline down --stack embedded"),
    "upload": ("pipeline upload photo.jpg album", "pipeline upload album --prefix 2026/ --json"),
    "watch": ("pipeline watch album", "pipeline watch album --prefix incoming/"),
    "live": ("pipeline live", "pipeline live --stack embedded"),
    "status": ("pipeline status", "pipeline status 2026/ --missing", "pipeline status --json"),
    "gallery": ("pipeline gallery", "pipeline gallery 2026/ --out sheet.html", "pipeline gallery --limit 500"),
    "logs": ("pipeline logs --since 2h", "pipeline logs --follow"),
    "redrive": ("pipeline redrive --dry-run", "pipeline redrive --limit 10"),
    "backfill": ("pipeline backfill --dry-run", "pipeline backfill 2026/ --rate 50"),
}


def epilog(name: str) -> str:
    """The examples of the subcommand NAME, for its help."""
    return "\n".join(("Examples:", *(f"  {example}" for example in EXAMPLES[name])))
