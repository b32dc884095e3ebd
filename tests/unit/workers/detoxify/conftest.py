import pytest

from tests.detoxify_making import Making


@pytest.fixture(scope="session")
def making(tmp_path_factory: pytest.TempPathFactory) -> Making:
    return Making(tmp_path_factory.mktemp("models"))
