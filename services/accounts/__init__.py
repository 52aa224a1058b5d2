"""Who is calling and on whose behalf: users, browser sessions, API keys, tickets, broker accounts and their logins."""
