"""What must not be possible here, whoever tries."""
