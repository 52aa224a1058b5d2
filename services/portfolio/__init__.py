"""What an account holds: positions, holdings, funds, margin."""
