"""Every page: quiet, self-contained, small, and as wide as the screen."""

import pytest
from playwright.sync_api import expect

from tests.browser.driving import Gatepost, Visit

DEMO_BYTES = 42 * 1024
METHODS = ("get", "post", "put", "patch", "delete")


def test_the_docs_list_every_operation(visit: Visit, gatepost: Gatepost) -> None:
    page = visit().open("/docs")
    described = gatepost.client.get("/openapi.json").json()
    operations = {
        f"{method} {path}" for path, item in described["paths"].items() for method in METHODS if method in item
    }
    sections = page.locator("[data-operation]")
    expect(sections).to_have_count(len(operations))
    assert {section.get_attribute("data-operation") for section in sections.all()} == operations
    assert page.locator("#index a").count() == len(operations)
    for section in sections.all():
        expect(section.locator("pre")).to_contain_text("curl ")
    submit = page.locator("[data-operation='post /v1/sites/{site}/comments']")
    # A reference is followed: the author's fields stand under `author`.
    expect(submit.locator(".fields .fields", has_text="device").first).to_be_visible()


@pytest.mark.parametrize("path", ["/demo", "/demo/busy", "/review", "/docs"])
@pytest.mark.parametrize("width", [320, 380, 1280])
def test_no_page_is_wider_than_the_screen(visit: Visit, path: str, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800}).open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_demo_page_is_small(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    asked: set[str] = set()
    visitor.context.on("request", lambda request: asked.add(request.url))
    visitor.open("/demo")
    files = [url for url in asked if "/v1/" not in url and url.startswith("http")]
    assert len(files) > 5
    assert sum(len(gatepost.client.get(url).content) for url in files) <= DEMO_BYTES


@pytest.mark.parametrize("path", ["/demo", "/demo/busy", "/review", "/docs"])
def test_pages_keep_the_strict_policy(gatepost: Gatepost, path: str) -> None:
    answer = gatepost.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert "<script>" not in answer.text
