"""The roof: command line and supervision of every part."""
