"""Compare speed, size, and memory with other functions, as ratios within one run: `make bench`."""
