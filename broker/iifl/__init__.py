"""IIFL."""
