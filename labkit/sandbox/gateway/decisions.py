"""What IAM's policies say of a request, remembered until one of them changes.

A learner's every request is judged by some thirty statements, and a lesson sends thousands that
differ in nothing that a policy looks at. A decision is kept with everything that it was made from:
the policies themselves, as they were parsed, and all that the request is known by. So there is
nothing to forget: a changed policy is another one. Policies that look at a clock are asked anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from labkit.sandbox.gateway.policy_variables import names_of

MOST = 4096
"""How many decisions are kept; of more, all are forgotten."""

OF_THE_MOMENT = ("aws:currenttime", "aws:epochtime", "aws:principalorgid")
"""Condition keys whose values are not in what a request is known by."""

Statements = list[Any]
Layer = list[Statements]


class Decisions:
    """Evaluates policies, and remembers what came of it.

    Parameters
    ----------
    evaluate
        Evaluates a request's policies within their limits.
    """

    def __init__(self, evaluate: Callable[..., Any]) -> None:
        self._evaluate = evaluate
        self._known: dict[tuple[Any, ...], tuple[Any, tuple[Layer, ...]]] = {}
        self._lasting: dict[int, tuple[bool, Statements]] = {}

    def __call__(self, ctx: Any, policies: Layer, *limits: Layer) -> Any:
        """Return IAM's decision on a request; a denial is the caller's own, to write into."""
        layers = (policies, *limits)
        if not all(self._lasts(document) for layer in layers for document in layer):
            return self._evaluate(ctx, *layers)
        key = (*_request(ctx), *(tuple(map(id, layer)) for layer in layers))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST:
                self._known.clear()
            # The documents are kept too: another one cannot get the number of one that is there.
            documents = tuple(list(layer) for layer in layers)
            known = self._known[key] = self._evaluate(ctx, *layers), documents
        decision = known[0]
        return decision if decision.decision == "Allow" else replace(decision)

    def _lasts(self, document: Statements) -> bool:
        """Tell whether what a parsed policy says depends on nothing but the request."""
        known = self._lasting.get(id(document))
        if known is None:
            if len(self._lasting) >= MOST:
                self._lasting.clear()
            keys = {key.lower() for statement in document for key in _condition_keys(statement)}
            known = self._lasting[id(document)] = not keys & set(OF_THE_MOMENT), document
        return known[0]


def _condition_keys(statement: Any) -> Iterator[str]:
    yield from names_of(statement)
    for keys in (statement.conditions or {}).values():
        if isinstance(keys, dict):
            yield from keys


def _request(request: Any) -> tuple[Any, ...]:
    """Return everything that a request is known by, to be compared."""
    return (
        request.principal_arn,
        request.principal_type,
        request.principal_account,
        request.action,
        request.resource_arn,
        request.region,
        request.source_ip,
        request.secure_transport,
        repr((request.request_tags, request.tag_keys)),
        repr((request.service_context, request.principal_keys)),
    )
