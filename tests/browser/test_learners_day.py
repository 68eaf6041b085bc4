"""A learner's day: the workspace, an exercise wrong and right, the map, a restart, the end."""

from __future__ import annotations

import json
import re

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from labkit.polling import wait_until
from tests.browser.conftest import JupyterLab
from tests.browser.jupyterlab import (
    MINUTE,
    choose,
    code_cell,
    open_notebook,
    photograph,
    run,
    wait_for_kernel,
    write,
)

pytestmark = pytest.mark.timeout(300)

LESSON = "my-lessons/day-1/08-delivery-order-api.ipynb"
HANDLER = """%%function_file order.py
import json


def handler(event, context):
    try:
        order = json.loads(event["body"])
        order["orderId"]
    except (ValueError, KeyError, TypeError):
        return reply(400, {"message": "this is no order"})
    line = {"event": "order.received", "orderId": order["orderId"]}
    print(json.dumps(line | {"requestId": context.aws_request_id}))
    return reply(201, {"orderId": order["orderId"], "status": "accepted"})


def reply(status, body):
    return {"statusCode": status, "body": json.dumps(body)}
"""
MALFORMED = 'test({"body": "two chickens, please"})'

TESTS = """%%function_file test_order.py
from types import SimpleNamespace

import order

CONTEXT = SimpleNamespace(aws_request_id="test-request")


def test_an_order_is_accepted():
    body = '{"orderId": "ord-test", "totalKRW": 9500}'
    assert order.handler({"body": body}, CONTEXT)["statusCode"] == 201


def test_what_is_no_order_is_refused():
"""
LAX = """    order.handler({"body": "{}"}, CONTEXT)
"""
STRICT = """    for body in ("no order", None, "{}"):
        assert order.handler({"body": body}, CONTEXT)["statusCode"] == 400
"""
SERVICE = """%%function_file worker.py
import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order.get("error"):
            raise RuntimeError("the card was refused")
        print("cooked", order["orderId"])
"""
SLIDERS = """from matplotlib.figure import Figure
from labkit.show.picture import picture
from labkit.show.sliders import explore

def parabola(steepness=2.0, title="A parabola"):
    figure = Figure(figsize=(4, 2))
    figure.add_subplot().plot([-1, 0, 1], [steepness, 0, steepness])
    return picture(figure, f"{title} of steepness {steepness:g}")

explore(parabola, steepness=(1.0, 5.0, 0.5))"""
MAP = """import json
from labkit.labs.delivery import DeliveryMap, queued_order_service
service = queued_order_service(lab, "worker.py", timeout_s=1, visibility_s=10)
sqs = lab.client("sqs")
dead = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
answer = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
policy = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": 1}
changes = {"RedrivePolicy": json.dumps(policy)}
sqs.set_queue_attributes(QueueUrl=service.queue_url, Attributes=changes)
DeliveryMap(lab)"""


def test_it_opens_with_the_lesson_between_the_sidebars(
    jupyter_lab: JupyterLab, pages: Page
) -> None:
    pages.goto(f"{jupyter_lab.url}/?token={jupyter_lab.token}")
    course = pages.get_by_role("region", name="Course")
    expect(course.get_by_role("button", name=re.compile("00 · "))).to_be_visible(timeout=MINUTE)
    beside = pages.get_by_role("region", name="Open lesson")
    expect(beside.get_by_role("region", name="Environment")).to_contain_text("local sandbox")
    expect(beside).to_contain_text("Lessons can run", timeout=MINUTE)
    expect(pages.locator(".jp-NotebookPanel:visible")).to_contain_text("You will")
    photograph(pages, "start")
    course.get_by_role("button", name=re.compile("08 · ")).click()
    opened = pages.get_by_role("tab", name="08-delivery-order-api.ipynb")
    expect(opened).to_be_visible(timeout=MINUTE)
    wait_for_kernel(pages)
    expect(pages.locator(".jp-mod-dirty")).to_have_count(0)  # nothing to save yet
    expect(beside).to_contain_text("the order API")


def test_an_exercise_wrong_then_right_a_restart_and_the_end(
    jupyter_lab: JupyterLab, pages: Page
) -> None:
    panel = open_notebook(jupyter_lab, pages, LESSON)
    begin(pages, panel)
    run(pages, code_cell(panel, "role_arn = service_role("))
    handler, check = code_cell(panel, "%%function_file order.py"), code_cell(panel, "lab.check(")
    expect(run(pages, handler)).to_contain_text("is still to do")
    expect(run(pages, check)).to_contain_text("not yet")
    write(pages, handler, HANDLER)
    expect(run(pages, handler)).to_contain_text("order.py written")
    expect(run(pages, check)).to_contain_text("✔ passed")

    tests = code_cell(panel, "%%function_file test_order.py")
    check = code_cell(panel, 'lab.check("order-test")')
    write(pages, tests, TESTS + LAX)
    expect(run(pages, tests)).to_contain_text("test_order.py written")
    expect(run(pages, check)).to_contain_text("accepts whatever comes")
    photograph(pages, "exercise-not-yet")
    write(pages, tests, 'lab.hint("order-test")')
    tests = code_cell(panel, 'lab.hint("order-test")')
    expect(run(pages, tests)).to_contain_text("hint 1 of")
    expect(run(pages, tests)).to_contain_text("hint 2 of")
    write(pages, tests, 'lab.solution("order-test")')
    tests = code_cell(panel, 'lab.solution("order-test")')
    expect(run(pages, tests)).to_contain_text("so far: 1")
    write(pages, tests, TESTS + STRICT)
    written = run(pages, code_cell(panel, "%%function_file test_order.py"))
    expect(written).to_contain_text("test_order.py written")
    passed = run(pages, check)
    expect(passed).to_contain_text("✔ passed")
    expect(passed).to_contain_text("2 tries")
    photograph(pages, "exercise-passed")

    pages.get_by_role("menuitem", name="Kernel", exact=True).click()
    pages.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
    with pages.expect_response(re.compile("/api/kernels/[^/]+/restart")):  # was Idle before, too
        pages.get_by_role("button", name="Confirm Kernel Restart").click()
    wait_for_kernel(pages)
    resumed = begin(pages, panel)
    expect(resumed).to_contain_text("Going on with this lesson's run")
    expect(run(pages, check)).to_contain_text("✔ passed")

    tear_down_in_the_sidebar(pages, "delivery-order-api")


def test_a_figure_follows_its_slider(jupyter_lab: JupyterLab, pages: Page) -> None:
    notebook = "my-lessons/day-1/sliders.ipynb"
    write_notebook(jupyter_lab, notebook, [SLIDERS])
    panel = open_notebook(jupyter_lab, pages, notebook)
    choose(pages, "Run", "Run All Cells")
    expect(panel.get_by_alt_text("A parabola of steepness 2")).to_be_visible(timeout=MINUTE)
    slider = panel.get_by_role("slider")
    expect(slider).to_have_count(1)
    slider.focus()
    pages.keyboard.press("ArrowRight")
    expect(panel.get_by_alt_text("A parabola of steepness 2.5")).to_be_visible(timeout=MINUTE)
    photograph(pages, "slider")


def test_what_was_live_is_a_picture_when_its_kernel_has_ended(
    jupyter_lab: JupyterLab, pages: Page
) -> None:
    notebook = "my-lessons/day-1/kept.ipynb"
    write_notebook(jupyter_lab, notebook, [SLIDERS])
    panel = open_notebook(jupyter_lab, pages, notebook)
    choose(pages, "Run", "Run All Cells")
    expect(panel.get_by_role("slider")).to_have_count(1, timeout=MINUTE)
    pages.keyboard.press("Control+s")
    saved = jupyter_lab.course / notebook
    wait_until(lambda: "A parabola of steepness 2" in saved.read_text(encoding="utf-8"), 30)

    pages.reload()  # with its kernel it is live again
    wait_for_kernel(pages)
    expect(panel.get_by_role("slider")).to_have_count(1, timeout=MINUTE)

    pages.get_by_role("menuitem", name="Kernel", exact=True).click()
    pages.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
    pages.get_by_role("button", name="Confirm Kernel Restart").click()
    expect_a_picture(panel)
    end_kernels(jupyter_lab)
    for _ in range(2):  # the first reload finds no kernel, the second one that knows no widget
        pages.reload()
        wait_for_kernel(pages)
        expect_a_picture(panel)
    photograph(pages, "kept")


def expect_a_picture(panel: Locator) -> None:
    """Wait until the figure is seen, without a slider and without a word of what is missing."""
    expect(panel.get_by_role("slider")).to_have_count(0, timeout=MINUTE)
    expect(panel.get_by_alt_text("A parabola of steepness 2")).to_be_visible(timeout=MINUTE)
    expect(panel.get_by_text(re.compile("Error displaying widget|Loading widget"))).to_have_count(0)


def end_kernels(jupyter_lab: JupyterLab) -> None:
    """End each session, as the next day does."""
    sessions = f"{jupyter_lab.url}/api/sessions"
    token = {"Authorization": f"token {jupyter_lab.token}"}
    for one in requests.get(sessions, headers=token, timeout=30).json():
        requests.delete(f"{sessions}/{one['id']}", headers=token, timeout=60)


@pytest.mark.slow
def test_a_kernel_that_is_killed_costs_a_restart(jupyter_lab: JupyterLab, pages: Page) -> None:
    solved = "solutions/day-1/08-delivery-order-api.ipynb"
    notebook = "my-lessons/day-1/killed.ipynb"
    text = (jupyter_lab.course / solved).read_text(encoding="utf-8")
    (jupyter_lab.course / notebook).write_text(text, encoding="utf-8")
    panel = open_notebook(jupyter_lab, pages, notebook)
    malformed = code_cell(panel, MALFORMED)
    write(pages, malformed, "import os, signal\n\nos.kill(os.getpid(), signal.SIGKILL)")
    choose(pages, "Run", "Run All Cells")
    restarting = pages.get_by_role("dialog").filter(has_text="Kernel Restarting")
    expect(restarting).to_be_visible(timeout=MINUTE)
    photograph(pages, "kernel-killed")
    restarting.get_by_role("button", name="Ok").click()
    wait_for_kernel(pages)
    write(pages, code_cell(panel, "os.kill("), MALFORMED)
    choose(pages, "Run", "Run All Cells")
    expect(panel).to_contain_text("Going on with this lesson's run", timeout=MINUTE)
    expect(panel.get_by_text("nothing left")).to_be_visible(timeout=2 * MINUTE)
    expect(panel.locator('.jp-RenderedText[data-mime-type*="stderr"]')).to_have_count(0)


def test_the_map_shows_orders_at_work(jupyter_lab: JupyterLab, pages: Page) -> None:
    notebook = "my-lessons/day-1/map.ipynb"
    cells = ['from labkit import Lab\nlab = Lab("delivery-queue")\nlab', SERVICE, MAP]
    write_notebook(jupyter_lab, notebook, cells)
    panel = open_notebook(jupyter_lab, pages, notebook)
    choose(pages, "Run", "Run All Cells")
    drawing = panel.get_by_role("img", name=re.compile("The delivery service"))
    expect(drawing).to_be_visible(timeout=MINUTE)
    panel.get_by_role("button", name="Place an order").click()
    panel.get_by_role("button", name="Place a failing order").click()
    panel.get_by_role("button", name="A burst of 20").click()
    expect(panel.get_by_text("22 × 202")).to_be_visible(timeout=MINUTE)
    photograph(pages, "map-at-work")
    expect(drawing).to_contain_text("⚠ 1 waiting", timeout=MINUTE)
    panel.get_by_role("button", name="Log lines of function order", exact=True).click()
    expect(panel.locator(".labkit-log")).to_contain_text("REPORT", timeout=MINUTE)
    photograph(pages, "map-log-lines")
    panel.get_by_role("button", name="Close the map").click()
    expect(panel.get_by_text("This is what it showed last.")).to_be_visible()
    expect(drawing).to_contain_text("⚠ 1 waiting")
    expect(panel.get_by_role("button", name="Place an order")).to_have_count(0)
    pages.get_by_text(re.compile("other runs? not torn down")).click()
    tear_down_in_the_sidebar(pages, "delivery-queue")


def begin(page: Page, panel: Locator) -> Locator:
    """Run the cells that every lesson begins with; return what the lab says of itself."""
    run(page, code_cell(panel, "target = None"))
    said = run(page, code_cell(panel, "from labkit import Lab"))
    run(page, code_cell(panel, 'awslambda = lab.client("lambda")'))
    return said


def tear_down_in_the_sidebar(page: Page, lesson: str) -> None:
    """Press the button beside the lesson that tears its run down."""
    resources = page.get_by_role("region", name="Resources and cost")
    expect(resources).to_contain_text(f"{lesson} in the sandbox", timeout=MINUTE)
    resources.get_by_role("button", name=f"Tear down {lesson}", exact=True).click()
    resources.get_by_role("button", name="Yes, delete all of it").click()
    expect(resources).to_contain_text("nothing left", timeout=MINUTE)
    photograph(page, f"torn-down-{lesson}")


def write_notebook(jupyter_lab: JupyterLab, name: str, sources: list[str]) -> None:
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}}
    text = json.dumps(notebook | {"nbformat": 4, "nbformat_minor": 5})
    (jupyter_lab.course / name).write_text(text, encoding="utf-8")
