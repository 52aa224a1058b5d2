"""From `uv run app.py` to a running gateway: first start, checks, web UI build, supervised child processes."""
