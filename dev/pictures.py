"""Takes the README's pictures of rendered boards: `python dev/pictures.py DASHBOARD OUTPUT`."""

import sys
from pathlib import Path
from shutil import which

from playwright.sync_api import sync_playwright

# The part of a board that is shown, in pixels.
PICTURES = {"overview": (1280, 1266), "silence": (1280, 1374)}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(dashboard: Path, output: Path) -> None:
    """Write one PNG per picture."""
    browser_path = next((path for name in BROWSERS if (path := which(name))), None)
    if browser_path is None:
        sys.exit(
            "No Chromium on this machine (Debian: apt-get install chromium); nothing is written."
        )
    output.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, (width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto((dashboard / f"{name}.html").resolve().as_uri())
            path = output / f"{name}.png"
            page.screenshot(path=path)
            print(f"{path}  {path.stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
