"""Parts of the sockets of an account: dialling, the session they use, how instruments are packed on them."""
