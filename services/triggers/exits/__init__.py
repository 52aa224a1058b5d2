"""Stop-loss, target and trailing stop of a position, held by the gateway; one cancels the others."""
