"""Draws public/icon-192.png and icon-512.png from public/icon.svg, with Chromium.

python web/icons.py
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

PUBLIC = Path(__file__).parent / "public"
CHROMIUM = "/usr/bin/chromium"


def main() -> None:
    # A maskable icon fills its square: systems cut the corners themselves.
    drawing = (PUBLIC / "icon.svg").read_text("utf-8").replace('rx="13"', "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size in (192, 512):
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}"
            )
            page.screenshot(path=PUBLIC / f"icon-{size}.png")
        browser.close()


if __name__ == "__main__":
    main()
