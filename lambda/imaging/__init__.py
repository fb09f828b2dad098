"""Bytes to a picture, and a picture to bytes. Nothing here knows AWS."""
