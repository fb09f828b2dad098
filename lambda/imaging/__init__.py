"""Decode bytes to a picture, and encode a picture to bytes. Nothing here depends on AWS."""
