"""API keys: what AWS refuses, and that a key is disabled unless it is asked for.

Source: API Gateway API Reference, CreateApiKey (`enabled`, `value`) and UpdateApiKey; the texts as
AWS answers them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ResourceNotFound
from labkit.sandbox.services.apigateway import patching
from labkit.sandbox.services.apigateway.patching import Patch, bad_request
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]

LONGEST_NAME = 1024
LONGEST_DESCRIPTION = 125_000
VALUE_LENGTHS = (20, 128)
"""Lengths in characters."""


def check_new(given: Members) -> None:
    """Check what a key is to be.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    _check(given)
    value = given.get("value") or ""
    if value and len(value) < VALUE_LENGTHS[0]:
        raise bad_request(f"API Key value should be at least {VALUE_LENGTHS[0]} characters")
    if len(value) > VALUE_LENGTHS[1]:
        raise bad_request(f"API Key value exceeds maximum size of {VALUE_LENGTHS[1]} characters")


def update(key_id: str, patches: list[Patch]) -> None:
    """Change a key as patches ask.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such key, or one cannot be applied.
    """
    key = apigateway_v1._api_keys.get(key_id)
    if key is None:
        raise ResourceNotFound("Invalid API Key identifier specified", "NotFoundException")
    changed = dict(key)
    patching.apply("UpdateApiKey", patches, changed)
    _check(changed)
    key.update(changed, lastUpdatedDate=apigateway_v1._now_unix())


def _check(key: Members) -> None:
    if len(key.get("name") or "") > LONGEST_NAME:
        raise bad_request(f"Invalid API Key name, can be at most {LONGEST_NAME} characters.")
    if len(key.get("description") or "") > LONGEST_DESCRIPTION:
        raise bad_request("Invalid API Key description specified.")
