"""The queue door: processes that classify what waits and apply the verdicts."""
