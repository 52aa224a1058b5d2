"""The audit trail: who did what, when, from where; hash-chained, anchored, verifiable by a command."""
