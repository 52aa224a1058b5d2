"""The risk rules at work: limits by scope, the facts that they ask for, and the gate that every entry passes."""
