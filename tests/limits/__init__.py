"""The largest accepted pictures, in Lambda's image with the memory and processor share of each function size."""
