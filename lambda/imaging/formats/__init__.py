"""The input formats, one per file."""
