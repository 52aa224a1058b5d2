"""The account page and the second step of signing in."""
