"""Retention jobs: what is kept for how long, run by the scheduler once a day, with their last runs."""
