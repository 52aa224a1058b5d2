"""What the operator changes about the market's rules, each change in the audit trail and in force at once."""
