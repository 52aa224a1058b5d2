"""What keeps the stores from growing without end."""
