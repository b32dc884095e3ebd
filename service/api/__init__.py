"""How HTTP shows it: the only room with Litestar."""
