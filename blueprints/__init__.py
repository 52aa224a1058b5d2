"""What the browser calls: find the session, check the form, call one service, answer JSON."""
