"""What an API key opens: its access, the addresses it may come from, and how long it lives."""
