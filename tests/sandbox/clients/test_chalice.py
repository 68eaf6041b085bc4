"""Chalice as its quick start says: a project with routes is deployed, called, changed, deleted."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws

APPLICATION = """
from chalice import Chalice, NotFoundError

app = Chalice(app_name="orders")

@app.route("/")
def index():
    return {"said": "hello"}

@app.route("/orders/{number}", cors=True)
def order(number):
    if number == "0":
        raise NotFoundError("no such order")
    return {"number": number}

@app.route("/orders", methods=["POST"])
def take():
    return app.current_request.json_body

@app.on_sns_message(topic="announced")
def announced(event):
    print("announced", event.subject, event.message)
"""


def test_from_a_new_project_to_its_deletion(aws: Aws, tmp_path: Path) -> None:
    programs = tools.python("chalice")
    tools.shell(aws, tmp_path, programs).run("chalice", "new-project", "orders")
    chalice = tools.shell(aws, tmp_path / "orders", programs)
    chalice.write({"app.py": APPLICATION})
    aws.client("sns").create_topic(Name="announced")

    deployed = chalice.run("chalice", "deploy")
    found = re.search(r"https://(\w+)\.execute-api", deployed)
    assert found, deployed
    url = f"{aws.endpoint}/_aws/execute-api/{found[1]}/api"
    assert requests.get(f"{url}/", timeout=20).json() == {"said": "hello"}
    order = requests.get(f"{url}/orders/7", timeout=20)
    assert order.json() == {"number": "7"}
    assert order.headers["Access-Control-Allow-Origin"] == "*"
    assert requests.get(f"{url}/orders/0", timeout=20).status_code == 404
    assert requests.post(f"{url}/orders", json={"a": 1}, timeout=20).json() == {"a": 1}
    assert requests.options(f"{url}/orders/7", timeout=20).status_code == 200

    chalice.write({"app.py": APPLICATION.replace("hello", "moin")})
    chalice.run("chalice", "deploy")
    assert requests.get(f"{url}/", timeout=20).json() == {"said": "moin"}

    chalice.run("chalice", "delete")
    names = {f["FunctionName"] for f in aws.client("lambda").list_functions()["Functions"]}
    assert not {name for name in names if name.startswith("orders-dev")}
    assert found[1] not in {a["id"] for a in aws.client("apigateway").get_rest_apis()["items"]}
