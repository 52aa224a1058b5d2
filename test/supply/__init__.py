"""What the product is made of, and whether anything of it is known to be vulnerable."""
