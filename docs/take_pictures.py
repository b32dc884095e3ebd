# ruff: noqa: INP001 - a script of its own
"""Take the README's picture: `python docs/take_pictures.py [DATA]` beside a running `make run`; DATA is `var`."""

import json
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).with_name("demo.png")
WIDTH, HEIGHT = 1280, 900
BYTES = 250_000


def take(url: str, chromium: str | None) -> int:
    """Picture the busy article where its comments begin; returns the number of bytes written."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{url}/demo/busy")
        page.locator("#comments[aria-busy=false] .comment").first.wait_for()
        # The last paragraphs stay in the picture: it shows an article with its comments.
        page.evaluate("scrollTo(0, document.getElementById('comments').offsetTop - 300)")
        picture = page.screenshot()
        browser.close()
    PICTURE.write_bytes(picture)
    return len(picture)


def main(data: str = "var") -> int:
    """Read DATA/demo.json, take the picture, and insist that it is small enough for a README."""
    url = json.loads((Path(data) / "demo.json").read_text(encoding="utf-8"))["url"]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    size = take(url, chromium)
    print(f"{PICTURE}: {size} bytes")  # noqa: T201 - it is a script
    return 0 if size <= BYTES else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
