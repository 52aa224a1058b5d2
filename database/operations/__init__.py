"""Repositories of the operator's room: health, errors, searches in logs and traffic, runs of retention jobs."""
