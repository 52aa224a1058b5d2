"""GTTs that the gateway holds itself, for paper trading and for accounts whose broker's own are not used."""
