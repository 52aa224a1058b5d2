"""What stands before every route: the browser's session, security rules, and how errors become answers."""
