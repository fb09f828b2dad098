"""A running deployment: its parts, its uploads, and how they ended."""
