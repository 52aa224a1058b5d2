"""What things are: frozen typed values and pure rules. No I/O, and no import of any other room."""
