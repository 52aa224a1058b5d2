"""What an operator does for the data: copies, copies put back, and a look at everything that may be wrong."""
