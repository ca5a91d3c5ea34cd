"""What the command line can be told, a module for each kind of work; `__main__` puts them together."""
