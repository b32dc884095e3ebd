"""How Redis keeps it: the only room with Redis commands."""
