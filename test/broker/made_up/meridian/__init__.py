"""Meridian: a made-up vendor, and the pattern of a new one."""
