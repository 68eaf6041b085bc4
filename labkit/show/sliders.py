"""Sliders around a figure; where nobody can move them, the figure alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from IPython import get_ipython

from labkit.errors import LabkitError
from labkit.show.picture import Picture


def explore(figure: Callable[..., Picture], **ranges: Any) -> Any:
    """Let a reader move the parameters of a figure.

    Parameters
    ----------
    figure : callable
        Draws the figure; each parameter has a default, and the static figure is the one with all
        defaults. Parameters that are not in `ranges` keep theirs.
    **ranges
        By parameter: ``(lowest, highest, step)`` for a slider, a list for a choice, as
        `ipywidgets.interact` has them.

    Returns
    -------
    ipywidgets.interactive or Picture
        The picture where the notebook runs without a front end (papermill, nbconvert) or outside
        Jupyter.

    Raises
    ------
    LabkitError
        If a parameter has no default, or there is no such parameter.

    Examples
    --------
    >>> def parabola(steepness=2.0) -> Picture: ...
    >>> explore(parabola, steepness=(1.0, 5.0, 0.5))  # doctest: +SKIP
    """
    _check(figure, ranges)
    if not front_end():
        return figure()
    controls = Explored(figure, {"auto_display": True}, **_kept(figure) | ranges)
    controls.still = figure()
    for control in controls.children[:-1]:
        control.style.description_width = "initial"
        if hasattr(control, "continuous_update"):
            control.continuous_update = False
    return controls


class Explored(widgets.interactive):  # type: ignore[misc]
    """Sliders and their figure, which keep the static figure for when the kernel has ended.

    Attributes
    ----------
    still
        The figure with all defaults.
    """

    still: Picture

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Give Jupyter the sliders, and the figure beside them."""
        drawn, _ = self.still._repr_mimebundle_()
        live: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return drawn | live


def front_end() -> bool:
    """Say whether a reader is there to move a slider.

    A front end sends code to the kernel with leave to ask for input; papermill and nbconvert, which
    run a notebook by themselves, do not give it (Jupyter messaging protocol, ``allow_stdin``).
    """
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    request = kernel.get_parent("shell")
    return bool(request.get("content", {}).get("allow_stdin", False))


def _kept(figure: Callable[..., Picture]) -> dict[str, Any]:
    """Keep parameters at their defaults; ipywidgets would make a control for each."""
    parameters = inspect.signature(figure).parameters.values()
    return {parameter.name: widgets.fixed(parameter.default) for parameter in parameters}


def _check(figure: Callable[..., Picture], ranges: dict[str, Any]) -> None:
    parameters = inspect.signature(figure).parameters
    for name in ranges:
        if name not in parameters:
            raise LabkitError(f"{figure.__name__} has no parameter {name!r} to explore.")
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty:
            raise LabkitError(
                f"The parameter {name!r} of {figure.__name__} has no default, so there is no "
                f"figure to show without sliders: give it one."
            )
