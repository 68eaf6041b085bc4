"""The instance types that each region offers: read when a region's are asked for.

moto reads the lists of all regions when it is imported, which takes some 80 MB of the server's
memory for good; a lab looks at one region at most.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

FOLDER = "/instance_type_offerings/"

Load = Callable[[str], Any]


def load(upstream: Load, resource: str) -> Any:
    """Load one of moto's files; one of offerings, when it is used."""
    return Offerings(upstream, resource) if FOLDER in resource else upstream(resource)


class Offerings(Sequence[dict[str, Any]]):
    """What one region offers, for one type of location.

    Parameters
    ----------
    load
        Loads a file.
    resource
        The file's name: the type of location, then the region.
    """

    def __init__(self, load: Load, resource: str) -> None:
        self._load = load
        self._resource = resource
        self._is_imported = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Give each offering, but none to moto's import, which writes the location into each."""
        if not self._is_imported:
            self._is_imported = True
            return iter(())
        return iter(self._found)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._found)

    def __getitem__(self, index: Any) -> Any:
        """Return one, or some."""
        return self._found[index]

    @functools.cached_property
    def _found(self) -> list[dict[str, Any]]:
        location_type = self._resource.split("/")[-2]
        return [one | {"LocationType": location_type} for one in self._load(self._resource)]
