"""The API over a real socket and a real Redis, as in tests/integration."""

from tests.integration.conftest import api_process, own_redis, served, town

__all__ = ["api_process", "own_redis", "served", "town"]
