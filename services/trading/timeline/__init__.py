"""What happened to every order, step by step, and where to read it."""
