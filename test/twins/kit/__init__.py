"""What every twin is made of, whichever wire it speaks."""
