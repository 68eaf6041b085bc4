"""`make pictures`: the README's pictures, taken of the kit itself as it is now.

A screenshot of the first screen that `make lab` opens, and an animation of a rush on the delivery
map of a service that works. It needs Debian's chromium, as the tests in the browser do.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from labkit import Lab
from labkit.labs.delivery import orders, place, whole_service
from labkit.labs.delivery.delivery_map import draw
from labkit.labs.delivery.live_map_state import Watcher
from labkit.measure.load import steady
from tests.browser.conftest import CHROMIUM, QUIET, running_lab

HERE = Path(__file__).parent
FIRST_SCREEN = HERE / "first-screen.png"
RUSH = HERE / "rush.gif"

SCREEN = {"width": 1440, "height": 900}
FRAME_S, COLOURS, FRAME = 0.25, 48, {"width": 900, "height": 330}
"""Pause between two looks at the service in seconds; colours and size of a frame."""
CUSTOMERS, PER_SECOND, FAILING = 60, 12, 0.05
LONGEST_S = 40

KITCHEN = """\\
import json
import time


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        time.sleep(0.6)
        if order["error"]:
            raise RuntimeError(f"order {order['orderId']}: the card was refused")
        print(json.dumps({"event": "order.cooked", "orderId": order["orderId"]}))
"""


def main() -> None:
    """Make both pictures anew."""
    with chromium() as page:
        first_screen(page)
        rush(page)
    for path in (FIRST_SCREEN, RUSH):
        print(f"{path}: {path.stat().st_size / 1024:.0f} KB")


@contextmanager
def chromium() -> Iterator[Page]:
    """Open one page."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", *QUIET]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser.new_page(viewport=SCREEN)
        browser.close()


def first_screen(page: Page) -> None:
    """Open JupyterLab on a new copy of the course, and take its picture."""
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder)) as lab:
        page.goto(f"{lab.url}/lab/workspaces/labkit?token={lab.token}")
        page.wait_for_selector(".jp-NotebookPanel:visible .jp-MarkdownOutput h1", timeout=90_000)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(3000)  # a splash fades, panels slide in
        page.screenshot(path=FIRST_SCREEN)
    shrink(FIRST_SCREEN)


def shrink(path: Path) -> None:
    """Give a screenshot few colours: it is text on white."""
    Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)


def rush(page: Page) -> None:
    """Let customers order faster than the kitchen cooks, and draw the map meanwhile."""
    page.set_viewport_size(FRAME)
    frames = [frame(page, svg) for svg in states()]
    frames += frames[-1:] * 8  # time to read how it ended
    pictures = [one.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE) for one in frames]
    pictures[0].save(
        RUSH,
        save_all=True,
        append_images=pictures[1:],
        duration=round(FRAME_S * 1000),
        loop=0,
        optimize=True,
    )


def frame(page: Page, svg: str) -> Image.Image:
    """Draw one state as a browser does."""
    page.set_content(f'<body style="margin: 12px">{svg}</body>')
    return Image.open(io.BytesIO(page.screenshot()))


def states() -> list[str]:
    """Build the service, place the orders, and look at it until all are through."""
    with Lab("first-order", target="local", run="teardown") as lab:
        (lab.folder / "kitchen.py").write_text(KITCHEN)
        service, watcher = whole_service(lab, "kitchen.py"), Watcher(lab)
        many = orders(CUSTOMERS, seed=9, failing=FAILING)
        arrivals = steady(rate_per_s=PER_SECOND, seconds=CUSTOMERS / PER_SECOND)
        watcher.look()
        customers = threading.Thread(
            target=place, args=(service.url, many, arrivals), kwargs={"progress": False}
        )
        customers.start()
        drawn, end = [], time.monotonic() + LONGEST_S
        while time.monotonic() < end:
            drawn.append(draw(watcher.look()))
            if not customers.is_alive() and ">0 waiting<" in drawn[-1].partition("dead")[0]:
                break
            time.sleep(FRAME_S)
        customers.join()
        return [*drawn, draw(watcher.look())]


if __name__ == "__main__":
    shutil.which("chromium") or exit("make pictures needs Debian's chromium")
    main()
