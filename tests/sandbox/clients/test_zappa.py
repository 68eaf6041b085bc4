"""Zappa as its quick start says: init, deploy, call, update, roll back, undeploy."""

from __future__ import annotations

import json
import re
from pathlib import Path

import requests

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws, wait_for

APPLICATION = """
from flask import Flask, request

app = Flask(__name__)

@app.route("/")
def index():
    return "hello"

@app.route("/orders/<number>", methods=["POST"])
def order(number):
    return {"number": number, "menu": request.json["menu"]}, 201
"""

DEFAULTS = 5
"""How many questions of `zappa init` are answered with its own answer before the last but one."""


def project(aws: Aws, folder: Path) -> tools.Shell:
    """Zappa in a project of Flask's that `zappa init` has set up, by somebody with a profile."""
    zappa = tools.shell(aws, folder, tools.python("zappa"))
    keys = f"aws_access_key_id = {aws.account}\naws_secret_access_key = {aws.secret}\n"
    zappa.write(
        {
            "app.py": APPLICATION,
            ".aws/credentials": f"[default]\n{keys}",
            ".aws/config": f"[default]\nregion = {aws.region}\n",
        }
    )
    zappa.run("zappa", "init", typed="\n" * DEFAULTS + "n\ny\n")
    settings = json.loads((folder / "zappa_settings.json").read_text())
    # After each deployment Zappa asks the API at amazonaws.com, where it is not: docs/clients.md.
    settings["dev"]["touch"] = False
    zappa.write({"zappa_settings.json": json.dumps(settings)})
    return zappa


def test_from_init_to_undeploy(aws: Aws, tmp_path: Path) -> None:
    zappa = project(aws, tmp_path)
    deployed = zappa.run("zappa", "deploy", "dev")
    found = re.search(r"https://(\w+)\.execute-api", deployed)
    assert found, deployed
    url = f"{aws.endpoint}/_aws/execute-api/{found[1]}/dev"
    assert requests.get(f"{url}/", timeout=30).text == "hello"
    order = requests.post(f"{url}/orders/7", json={"menu": "rice"}, timeout=30)
    assert (order.status_code, order.json()) == (201, {"number": "7", "menu": "rice"})
    assert requests.get(f"{url}/orders/7", timeout=30).status_code == 405
    assert "rate(4 minutes)" in zappa.run("zappa", "status", "dev")

    zappa.write({"app.py": APPLICATION.replace("hello", "moin")})
    zappa.run("zappa", "update", "dev")
    assert requests.get(f"{url}/", timeout=30).text == "moin"
    zappa.run("zappa", "rollback", "dev", "-n", "1")
    # Zappa does not wait for the end of this update; until then the function is what it was.
    wait_for(lambda: requests.get(f"{url}/", timeout=30).text == "hello")

    zappa.run("zappa", "undeploy", "dev", "--yes")
    names = [f["FunctionName"] for f in aws.client("lambda").list_functions()["Functions"]]
    assert not [name for name in names if name.endswith("-dev")]
    assert found[1] not in {a["id"] for a in aws.client("apigateway").get_rest_apis()["items"]}
    rules = aws.client("events").list_rules()["Rules"]
    assert not [rule for rule in rules if "keep_warm" in rule["Name"]]
