"""How long requests, brokers and the stages of orders take."""
