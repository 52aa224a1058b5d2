"""What clients follow and resume."""
