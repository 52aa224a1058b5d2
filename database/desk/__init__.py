"""What the users of the desk have arranged."""
