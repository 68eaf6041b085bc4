"""Has botocore make the class of a service's clients once: each run has clients of its own."""

from __future__ import annotations

from typing import Any

from botocore.client import ClientCreator


def remember_classes() -> None:
    """Keep each class, for this process and those forked from it."""
    make, made = ClientCreator._create_client_class, dict[tuple[str, int], type]()

    def once(self: Any, service: str, model: Any) -> type:
        key = (service, id(self._event_emitter))
        if key not in made:
            made[key] = make(self, service, model)
        return made[key]

    ClientCreator._create_client_class = once
