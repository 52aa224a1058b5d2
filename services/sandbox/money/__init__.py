"""What trades cost and positions hold back: charges by the dated table, margin of options that hedge each other."""
