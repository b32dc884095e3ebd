"""The pages: static files, read once, served under the edge's strict policy."""

from importlib.resources import files
from typing import Any

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

_WEB = files("service").joinpath("web")
_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
_FILES: dict[str, bytes] = {
    entry.name: entry.read_bytes() for entry in _WEB.iterdir() if entry.name.rpartition(".")[2] in _TYPES
}


def _page(name: str) -> Response[bytes]:
    content = _FILES.get(name)
    if content is None:
        raise NotFoundException
    media_type = _TYPES[name.rpartition(".")[2]]
    return Response(content, media_type=media_type, headers={"cache-control": "no-cache"})


@get("/demo", include_in_schema=False)
async def demo() -> Response[bytes]:
    """Show the demo article."""
    return _page("demo.html")


@get("/demo/busy", include_in_schema=False)
async def busy() -> Response[bytes]:
    """Show the demo article that is much discussed."""
    return _page("busy.html")


@get("/review", include_in_schema=False)
async def review() -> Response[bytes]:
    """Show the review page."""
    return _page("review.html")


@get("/docs", include_in_schema=False)
async def docs() -> Response[bytes]:
    """Show the API's description."""
    return _page("docs.html")


@get("/web/{name:str}", include_in_schema=False)
async def web(name: FromPath[str]) -> Response[bytes]:
    """Serve a page's script, style or picture."""
    return _page(name)


ROUTES: tuple[Any, ...] = (demo, busy, review, docs, web)
