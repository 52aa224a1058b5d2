"""One pure function of (seed, instrument, instant), seen as quotes, books, ticks and candles."""
