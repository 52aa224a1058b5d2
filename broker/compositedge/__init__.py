"""CompositEdge."""
