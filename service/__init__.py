"""Gatepost: the API, its storage and its rules."""
