"""Measurements of Gatepost's speed and memory, each beside a baseline in the same run."""
