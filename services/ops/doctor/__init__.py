"""`app.py doctor`: what is wrong with an installation, how bad it is, and what to do; also when nothing starts."""
