"""The live delivery map: what a learner has built, at work, with buttons to place orders."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from html import escape
from typing import Any

import ipywidgets as widgets
from botocore.exceptions import ClientError
from IPython.display import display, update_display

from labkit.labs.delivery.architecture import prefix_of
from labkit.labs.delivery.delivery_map import (
    BOX,
    HEIGHT,
    DeliveryMapState,
    Part,
    called,
    draw,
    height,
    places,
    width,
    words,
)
from labkit.labs.delivery.live_map_state import CUSTOMERS, Watcher
from labkit.labs.delivery.order_stream import orders
from labkit.labs.delivery.placing import post_order
from labkit.labs.delivery.traced_orders import WHO_RECORDS, NoTrace, TracedOrders
from labkit.labs.lab_run import LabRun
from labkit.measure.traces import new_trace
from labkit.show.measurements.trace_waterfall import trace_waterfall
from labkit.show.panels.frame import framed
from labkit.show.panels.look import LINK
from labkit.show.panels.ticker import Ticker
from labkit.show.picture import Picture
from labkit.show.sliders import front_end

EVERY_S = 1.0
BURST = 20
WORKERS = 8
TORN_DOWN = "Everything has been torn down; the map has stopped."
CLOSED = "The map has stopped."
FAILING, UNCAUGHT = "Place a failing order", "A failing order needs a dead-letter queue"
ORDERS_SHOWN = 8
"""Orders that have a button for their trace: the newest."""

Stopped = Callable[[DeliveryMapState, str], None]

_open: dict[str, DeliveryMap] = {}
_traced: dict[str, TracedOrders] = {}
"""The orders of each run whose traces are known to its maps."""


class DeliveryMap:
    """A map of a run's delivery service; as the last value of a cell it shows itself.

    In a front end it is live: it looks once a second in a thread of its own, until it is closed,
    everything has been torn down, another map of the run is shown, or the kernel ends. When it
    stops, a picture of what it showed last takes its place. Elsewhere it is a picture of this
    moment, with its words.

    Parameters
    ----------
    lab
        The run whose parts it shows.

    Examples
    --------
    >>> DeliveryMap(lab)  # doctest: +SKIP
    """

    def __init__(self, lab: LabRun) -> None:
        self._lab = lab
        self._watcher = Watcher(lab)
        if lab.run_id not in _traced:
            _traced[lab.run_id] = TracedOrders(lab.client("xray"), prefix_of(lab))
        self._orders = _traced[lab.run_id]
        self._live: LiveMap | None = None
        self._output = f"labkit-map-{secrets.token_hex(8)}"

    @property
    def running(self) -> bool:
        """Whether it is live now."""
        return self._live is not None and self._live.ticker.running

    def look(self) -> DeliveryMapState:
        """Return what the map shows at this moment."""
        return self._watcher.look()

    def trace(self, order_id: str) -> Picture:
        """Draw the way of one order: its trace, as far as it is recorded by now.

        Parameters
        ----------
        order_id : str
            The order's number. Known are orders that were placed with a map's buttons, and those of
            the last minutes with which a function has annotated its trace (`orderId`).

        Raises
        ------
        labkit.labs.delivery.traced_orders.NoTrace
            If nothing is recorded of it.
        botocore.exceptions.ClientError
            AWS refused to tell.
        """
        found = self._orders.so_far(order_id)
        if found.empty:
            raise NoTrace(f"Nothing has come of the trace of {order_id!r} yet. {WHO_RECORDS}")
        return trace_waterfall(found)

    def close(self) -> None:
        """Look no more, and take the live map off the notebook."""
        if self._live is not None:
            self._live.close()

    def __repr__(self) -> str:
        return self._words(self.look())

    def _words(self, state: DeliveryMapState) -> str:
        """Say what the map shows, and how an order's trace is had without its buttons."""
        self._orders.look()
        newest = self._orders.ids[-1:]
        hint = [f'The trace of an order: DeliveryMap(lab).trace("{one}").' for one in newest]
        return " ".join([words(state), *hint])

    def _ipython_display_(self) -> None:
        """Show the live map as an output that can be changed when it stops."""
        if not front_end():
            raise NotImplementedError  # then IPython asks for the bundle
        display(self._repr_mimebundle_(), raw=True, display_id=self._output)  # type: ignore[no-untyped-call]

    def _stopped(self, state: DeliveryMapState, why: str) -> None:
        """Put a picture of what the map showed last in its place."""
        last = _still(state, f"{words(state)} {why} This is what it showed last.")
        update_display(last, raw=True, display_id=self._output)  # type: ignore[no-untyped-call]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Give Jupyter the live map where there is a front end, else picture and words."""
        state = self.look()
        told = self._words(state)
        plain = _still(state, told)
        if not front_end():
            return plain
        if earlier := _open.get(self._lab.run_id):
            earlier.close()
        _open[self._lab.run_id] = self
        self._live = LiveMap(self._watcher, self._orders, self._stopped)
        self._live.start(state)
        bundle: dict[str, Any] = self._live.widget._repr_mimebundle_()
        return plain | bundle | {"text/plain": told}


class LiveMap:
    """The live map's widget: picture, a button on each part, buttons for orders, what was chosen.

    A part's button shows its log lines, an order's button its trace.

    Parameters
    ----------
    watcher, traced
        Look at the service and its orders.
    stopped
        Is told once what the map showed last, and why it has stopped.

    Attributes
    ----------
    widget
        To be displayed.
    """

    def __init__(self, watcher: Watcher, traced: TracedOrders, stopped: Stopped) -> None:
        self._stopped = stopped
        self._last = DeliveryMapState(())
        self._watcher = watcher
        self._traced = traced
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="labkit-orders")
        self._numbers = itertools.count(1)
        self._answers: Counter[str] = Counter()
        self._trouble = ""
        self._saying = threading.Lock()
        self._parts: tuple[str, ...] = ()
        self._chosen = ""
        self._order = ""
        self._drawn_trace = ""
        self._shown: dict[int, str] = {}
        self._listed = 0
        self._seen = False
        self._view = widgets.HTML(layout={"margin": "0", "width": "100%"})
        self._stage = widgets.Box([self._view])
        self._stage.add_class("labkit-map")
        self._said = widgets.HTML()
        self._detail = widgets.HTML()
        self._order_buttons = [self._order_button(place) for place in range(ORDERS_SHOWN)]
        self._order_row = widgets.HBox(self._order_buttons, layout={"flex_flow": "row wrap"})
        self._failing = self._button(FAILING, lambda: self.place(1, failing=True))
        buttons = [
            self._button("Place an order", lambda: self.place(1)),
            self._failing,
            self._button(f"A burst of {BURST}", lambda: self.place(BURST)),
            self._button("Close the map", self.close),
        ]
        self._controls = widgets.HBox(buttons, layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox(
            [self._stage, self._controls, self._said, self._order_row, self._detail]
        )
        self.ticker = Ticker(self._tick, EVERY_S, self._failed)

    def start(self, state: DeliveryMapState) -> None:
        """Show a first state, then look for the next ones in a thread."""
        self._show(state)
        self.ticker.start()

    def close(self) -> None:
        """Look no more, and close the widgets; orders under way are still answered."""
        was_running = self.ticker.running
        self.ticker.stop()
        self._pool.shutdown(wait=False)
        self.widget.close()
        if was_running:
            self._stopped(self._last, CLOSED)

    def place(self, number: int, failing: bool = False) -> None:
        """Post orders to the API in threads; what became of them is counted below the map."""
        url = next((api.url for api in self._watcher.architecture.apis if api.url), None)
        if url is None:
            self._said.value = _line("There is no deployed API to place an order with yet.")
            return
        for order in orders(number, seed=secrets.randbits(32), failing=float(failing)):
            marked = order | {"orderId": f"map-{next(self._numbers)}-{order['orderId'][4:]}"}
            if failing:  # without its contents it fails in a function that looks at no "error", too
                marked = {name: marked[name] for name in ("orderId", "error")}
            trace = new_trace()
            self._traced.placed(marked["orderId"], trace)
            post = self._pool.submit(post_order, url, marked, trace=trace)
            post.add_done_callback(self._answered)
        self.ticker.hurry()

    def _answered(self, done: Future[dict[str, Any]]) -> None:
        row = done.result()
        with self._saying:  # else an earlier count could be shown after a later one
            self._answers[str(row["status"] or "no answer")] += 1
            self._say()

    def _say(self) -> None:
        """Say what keeps the map from looking, or else what customers were answered."""
        counts = ", ".join(f"{n} × {status}" for status, n in sorted(self._answers.items()))
        answers = f"Customers were answered: {counts}" if counts else ""
        self._said.value = _line(self._trouble or answers)

    def _tick(self) -> None:
        state = self._watcher.look()
        self._traced.look()
        self._note("")
        self._show(state)
        if self._seen and not state.parts:
            self._view.value = _line(TORN_DOWN)
            self._controls.layout.display = "none"
            self.ticker.stop()
            self._stopped(self._last, TORN_DOWN)

    def _failed(self, error: Exception) -> None:
        self._note(f"The map could not look just now: {error}")

    def _note(self, trouble: str) -> None:
        with self._saying:
            if trouble != self._trouble:
                self._trouble = trouble
                self._say()

    def _show(self, state: DeliveryMapState) -> None:
        keys = tuple(part.key for part in state.parts)
        self._seen = self._seen or bool(keys)
        self._last = state if keys else self._last
        if keys != self._parts:
            self._parts = keys
            self._stage.children = [self._view, *map(self._part_button, state.parts)]
        drawn = f"<style>{_css(state)}</style>{draw(state) if keys else _line(words(state))}"
        if drawn != self._view.value:
            self._view.value = drawn
        self._offer_failing()
        self._list_orders()
        if self._order:
            self._show_trace()
        elif self._chosen in keys:
            self._show_log()

    def _offer_failing(self) -> None:
        """Offer it where it fails and is caught: else it comes back for days, among the others."""
        caught = not self._watcher.architecture.without_letters
        if self._failing.disabled == caught:
            self._failing.disabled = not caught
            self._failing.description = self._failing.tooltip = FAILING if caught else UNCAUGHT

    def _part_button(self, part: Part) -> widgets.Button:
        button = self._button(f"Log lines of {called(part)}", lambda: self._choose(part))
        button.add_class("labkit-part")
        button.add_class(_slot(self._parts.index(part.key)))
        return button

    def _order_button(self, place: int) -> widgets.Button:
        button = self._button("", lambda: self._follow(self._shown[place]))
        button.layout.display = "none"
        return button

    def _list_orders(self) -> None:
        """Give each new order the button of the oldest: the others stay where they are."""
        for order_id in self._traced.ids[self._listed :]:
            place = self._listed % ORDERS_SHOWN
            button = self._order_buttons[place]
            self._shown[place] = order_id
            button.description = button.tooltip = f"Trace of {order_id}"
            button.layout.display = None
            self._listed += 1

    def _follow(self, order_id: str) -> None:
        self._order, self._drawn_trace = order_id, ""
        try:
            self._show_trace()
        except ClientError as error:
            self._failed(error)

    def _show_trace(self) -> None:
        """Show the chosen order's trace; it is drawn again when more of it has come."""
        found = self._traced.so_far(self._order)
        drawn = f"{self._order} {found.to_json()}"
        if drawn != self._drawn_trace:
            self._drawn_trace = drawn
            body = _line(f"Nothing has come of it yet. {WHO_RECORDS}")
            if not found.empty:
                body = trace_waterfall(found)._repr_mimebundle_()[0]["text/html"]
            self._detail.value = framed(f"Trace of {self._order}", body)

    def _choose(self, part: Part) -> None:
        self._order = ""
        self._chosen = part.key
        self._detail.value = ""
        self._show_log()

    def _show_log(self) -> None:
        lines = self._watcher.log_lines(self._chosen if self._chosen != CUSTOMERS else "")
        text = escape("\n".join(lines)) or "No log line yet."
        shown = framed("Last log lines, newest first", f'<pre class="labkit-log">{text}</pre>')
        if shown != self._detail.value:
            self._detail.value = shown

    def _button(self, words: str, work: Any) -> widgets.Button:
        button = widgets.Button(description=words, tooltip=words, layout={"width": "auto"})
        button.on_click(lambda _: work())
        return button


def _still(state: DeliveryMapState, told: str) -> dict[str, Any]:
    """Return a picture, what there is to say beyond its words below it, and all words."""
    more = f"<p>{escape(told.removeprefix(words(state)))}</p>"
    return {"text/html": framed("Delivery map", draw(state) + more), "text/plain": told}


def _line(text: str) -> str:
    return f'<p role="status">{escape(text)}</p>'


def _slot(number: int) -> str:
    return f"labkit-part-{number}"


def _css(state: DeliveryMapState) -> str:
    """Lay each part's button over its box; its words are for those who cannot see the picture."""
    tall, wide = height(state.parts), width(state.parts)
    at = places(state.parts)
    rules = [
        ".labkit-map{position:relative;display:block;overflow:visible;"
        f"max-width:{1.3 * wide:.0f}px}}"
        ".labkit-map .labkit-part{position:absolute;margin:0;background:transparent;"
        "color:transparent;overflow:hidden;cursor:pointer;border-radius:6px}"
        f".labkit-map .labkit-part:hover,.labkit-map .labkit-part:focus{{outline:3px solid {LINK};"
        "background:transparent;color:transparent;box-shadow:none}"
        ".labkit-log{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;margin:0}"
    ]
    for number, part in enumerate(state.parts):
        place = at[part.key]
        rules.append(
            f".labkit-map .{_slot(number)}{{left:{100 * place.x / wide:.2f}%;"
            f"top:{100 * place.y / tall:.2f}%;width:{100 * BOX / wide:.2f}% !important;"
            f"height:{100 * HEIGHT / tall:.2f}%}}"
        )
    return "".join(rules)
