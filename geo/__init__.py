"""The earth and its roads; knows nothing of casualties."""
