"""What was asked, answered, logged and went wrong: searches for the operator."""
