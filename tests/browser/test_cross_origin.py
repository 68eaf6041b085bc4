"""A page of another origin tries every method that a browser has: none reaches a service."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.sandbox.conftest import Aws, aws_of, running_sandbox

REBOUND = "rebound.test"
"""A name that the browser takes for this computer, as a page's owner can have it."""

FORM = "Action=CreateTopic&Name=made&Version=2010-03-31"
CREDENTIAL = "111122223333/20260101/ap-northeast-2/sns/aws4_request"
GUESSED = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={CREDENTIAL}&X-Amz-Signature=0"
"""Made-up credentials in the query, which keep a request simple: no preflight asks first."""

METHODS = """
async ([endpoint, form, guessed]) => {
  const urls = [endpoint + "/?" + guessed, endpoint + "/?" + form, endpoint + "/bucket/key",
                endpoint + "/_ministack/reset", endpoint + "/health"];
  const outcomes = {};
  const within = (promise) => Promise.race(
    [promise, new Promise((_, no) => setTimeout(() => no(new Error("slow")), 4000))]);
  const note = async (name, promise) => {
    try { outcomes[name] = String(await within(promise)); }
    catch (error) { outcomes[name] = "refused: " + error; }
  };
  const told = async (response) => response.type + " " + response.status;
  for (const url of urls) {
    for (const mode of ["cors", "no-cors", "same-origin"]) {
      for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"]) {
        const body = ["POST", "PUT", "PATCH"].includes(method) ? form : undefined;
        await note(`fetch ${mode} ${method} ${url}`, fetch(url, {method, mode, body}).then(told));
      }
      await note(`fetch ${mode} typed ${url}`, fetch(url, {method: "POST", mode, body: form,
        headers: {"Content-Type": "application/x-www-form-urlencoded"}}).then(told));
      await note(`fetch ${mode} target ${url}`, fetch(url, {method: "POST", mode, body: "{}",
        headers: {"X-Amz-Target": "AmazonSQS.ListQueues"}}).then(told));
      await note(`fetch ${mode} no referrer ${url}`, fetch(url, {method: "POST", mode, body: form,
        referrerPolicy: "no-referrer", credentials: "include", keepalive: true}).then(told));
    }
    await note(`beacon ${url}`, Promise.resolve(navigator.sendBeacon(url, form)));
    await note(`xhr ${url}`, new Promise((yes, no) => {
      const request = new XMLHttpRequest();
      request.open("POST", url); request.onload = () => yes(request.status);
      request.onerror = () => no(new Error("error")); request.send(form);
    }));
    for (const tag of ["img", "script", "iframe", "link", "video", "object", "embed"]) {
      await note(`${tag} ${url}`, new Promise((yes, no) => {
        const element = document.createElement(tag);
        element.onload = () => yes("loaded"); element.onerror = () => no(new Error("error"));
        if (tag === "link") element.rel = "stylesheet";
        element[tag === "link" ? "href" : tag === "object" ? "data" : "src"] = url;
        document.body.append(element);
        setTimeout(() => yes("nothing said"), 300);
      }));
    }
    const enctypes = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    for (const enctype of enctypes) {
      for (const method of ["get", "post"]) {
        await note(`form ${method} ${enctype} ${url}`, new Promise((yes) => {
          const frame = document.createElement("iframe");
          frame.name = "f" + Math.random(); document.body.append(frame);
          const element = document.createElement("form");
          Object.assign(element, {action: url, method, enctype, target: frame.name});
          for (const pair of form.split("&")) {
            const input = document.createElement("input");
            [input.name, input.value] = pair.split("="); element.append(input);
          }
          document.body.append(element); frame.onload = () => yes("loaded"); element.submit();
          setTimeout(() => yes("nothing said"), 500);
        }));
      }
    }
    await note(`event source ${url}`, new Promise((yes, no) => {
      const source = new EventSource(url);
      source.onopen = () => yes("open");
      source.onerror = () => { source.close(); no(new Error("error")); };
    }));
  }
  for (const path of ["/", "/_aws/execute-api/abcd1234/prod", "/bucket"]) {
    await note(`socket ${path}`, new Promise((yes, no) => {
      const socket = new WebSocket(endpoint.replace("http", "ws") + path);
      socket.onopen = () => yes("open"); socket.onerror = () => no(new Error("error"));
    }));
  }
  return outcomes;
}
"""
"""Tries each way of sending there is; gives what the page was told, by the way's name."""


class Blank(BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>page</title><body></body>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """A sandbox whose topics count what has reached SNS."""
    with running_sandbox() as sandbox:
        yield aws_of(sandbox)


@pytest.fixture(scope="module")
def other_origin() -> Iterator[str]:
    """The address of a page of another origin, on this computer."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser_page(playwright: Playwright) -> Iterator[Page]:
    """A page in chromium, for which `REBOUND` and its names are this computer."""
    rules = f"--host-resolver-rules=MAP *.{REBOUND} 127.0.0.1, MAP {REBOUND} 127.0.0.1"
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", rules, *QUIET]
    )
    yield browser.new_page()
    browser.close()


def reached(aws: Aws) -> list[str]:
    """What a request made that has reached SNS, SQS or S3."""
    topics = aws.client("sns").list_topics()["Topics"]
    queues = aws.client("sqs").list_queues().get("QueueUrls", [])
    buckets = aws.client("s3").list_buckets()["Buckets"]
    return [*(topic["TopicArn"] for topic in topics), *queues, *(one["Name"] for one in buckets)]


def try_all(page: Page, endpoint: str) -> dict[str, str]:
    """Try each way from the page that is open; return what it was told."""
    told: dict[str, str] = page.evaluate(METHODS, [endpoint, FORM, GUESSED])
    return told


@pytest.mark.timeout(300)
class TestNothingReachesAService:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", REBOUND])
    def test_from_a_page_of_another_origin(
        self, aws: Aws, browser_page: Page, other_origin: str, host: str
    ) -> None:
        browser_page.goto(other_origin)
        endpoint = aws.endpoint.replace("127.0.0.1", host)
        told = try_all(browser_page, endpoint)
        assert len(told) > 150
        read = {way: text for way, text in told.items() if text.startswith(("cors ", "basic "))}
        assert read == {}
        assert not [way for way, text in told.items() if "socket" in way and text == "open"]
        assert reached(aws) == []

    def test_from_a_name_that_was_pointed_here(self, aws: Aws, browser_page: Page) -> None:
        """The page's own origin is then the sandbox's port, and no rule of browsers protects it."""
        port = aws.endpoint.rpartition(":")[2]
        rebound = f"http://{REBOUND}:{port}"
        opened = browser_page.goto(rebound)
        assert opened is not None
        assert (opened.status, "not called" in opened.text()) == (403, True)
        told = try_all(browser_page, rebound)
        statuses = {text for text in told.values() if text.startswith("basic ")}
        assert statuses == {"basic 403"}
        assert reached(aws) == []

    def test_with_a_host_of_a_data_plane(self, aws: Aws, browser_page: Page) -> None:
        port = aws.endpoint.rpartition(":")[2]
        for name in ("abcd1234.execute-api", f"{'a' * 32}.lambda-url.us-east-1", "bucket.s3"):
            opened = browser_page.goto(f"http://{name}.{REBOUND}:{port}/")
            assert opened is not None
            assert opened.status == 403
        assert reached(aws) == []

    def test_a_signed_call_does(self, aws: Aws) -> None:
        """The count counts: what is signed makes a topic."""
        arn = aws.client("sns").create_topic(Name="made")["TopicArn"]
        assert reached(aws) == [arn]
        aws.client("sns").delete_topic(TopicArn=arn)


@pytest.mark.timeout(120)
class TestWhatStaysOpen:
    def test_an_apis_own_cors(self, aws: Aws, browser_page: Page, other_origin: str) -> None:
        gateway = aws.client("apigateway")
        api = gateway.create_rest_api(name="open")["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        ids = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
        header = "method.response.header.Access-Control-Allow-Origin"
        gateway.put_method(**ids, authorizationType="NONE")
        template = {"application/json": json.dumps({"statusCode": 200})}
        gateway.put_integration(**ids, type="MOCK", requestTemplates=template)
        gateway.put_method_response(**ids, statusCode="200", responseParameters={header: True})
        gateway.put_integration_response(
            **ids, statusCode="200", responseParameters={header: "'*'"}
        )
        gateway.create_deployment(restApiId=api, stageName="prod")
        browser_page.goto(other_origin)
        url = f"{aws.endpoint}/_aws/execute-api/{api}/prod"
        assert fetched(browser_page, url) == 200

    def test_a_presigned_url(self, aws: Aws, browser_page: Page, other_origin: str) -> None:
        s3, bucket = aws.client("s3"), aws.name("bucket")
        where = {"LocationConstraint": aws.region}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        rule = {"AllowedOrigins": [other_origin], "AllowedMethods": ["GET"]}
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
        s3.put_object(Bucket=bucket, Key="a", Body=b"text")
        url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a"})
        browser_page.goto(other_origin)
        assert fetched(browser_page, url) == 200


def fetched(page: Page, url: str) -> Any:
    """The status that the page reads of a URL."""
    return page.evaluate("url => fetch(url).then(response => response.status)", url)
