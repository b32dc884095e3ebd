"""The API over a real socket and a real Redis, as in tests/integration."""

from tests.integration.conftest import api_process as api_process
from tests.integration.conftest import own_redis as own_redis
from tests.integration.conftest import served as served
from tests.integration.conftest import town as town
