"""Signing in by an invitation link; there are no passwords, and nobody can choose who to be."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from labkit.classroom.folder import write_private
from labkit.classroom.invitations import Invitation, NotInvited, accept
from labkit.classroom.running import named_folder

JOINED = "joined.json"
"""In the class's private folder: when each link was first used."""


class InvitationAuthenticator(Authenticator):  # type: ignore[misc]
    """Lets in whoever has a link that is signed by this class and still holds."""

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the page that links lead to; the hub's own sign-in page says to use one."""
        return [("/join", JoinHandler)]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """Return who a token lets in, or None."""
        try:
            invitation = accept(named_folder(), data.get("token", ""))
        except NotInvited:
            return None
        return {"name": invitation.who, "admin": False}


class JoinHandler(BaseHandler):  # type: ignore[misc]
    """The page that an invitation link opens: who one is, and one button."""

    async def get(self) -> None:
        """Say who the link is for; opening it alone changes nothing, as mail programs do that."""
        invitation = await self._accepted(self.get_query_argument("token", ""))
        if invitation is None:
            return
        if self.current_user and self.current_user.name == invitation.who:
            self.redirect(self._first_page(invitation))
            return
        await self._show(invitation=invitation, before=_joined().get(invitation.who))

    async def post(self) -> None:
        """Let the holder of the link in; a browser that came in before by it is signed out."""
        token = self.get_body_argument("token", "")
        invitation = await self._accepted(token)
        if invitation is None:
            return
        known = self.find_user(invitation.who)
        if known is not None and not invitation.instructor:
            _sign_out(self.db, known)
        user = await self.login_user({"token": token})
        if user is None:
            raise web.HTTPError(403)
        _note_joined(invitation.who)
        self._jupyterhub_user = user
        self.redirect(self._first_page(invitation))

    async def _accepted(self, token: str) -> Invitation | None:
        """Return what a token says, or show why it lets nobody in."""
        try:
            return accept(named_folder(), token)
        except NotInvited as error:
            self.set_status(403)
            await self._show(refused=str(error))
            return None

    async def _show(self, **shown: Any) -> None:
        """Send the page; its address holds the token, so it is told to nobody."""
        folder = named_folder()
        learner = shown.get("invitation") and folder.learner(shown["invitation"].who)
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")
        page = await self.render_template(
            "join.html",
            class_name=folder.settings.name,
            learner=learner,
            token=self.get_argument("token", ""),
            xsrf=self.xsrf_token.decode("ascii"),
            **shown,
        )
        self.finish(page)

    def _first_page(self, invitation: Invitation) -> str:
        """Return where somebody goes from here."""
        base: str = self.hub.base_url
        if invitation.instructor:
            return f"{base.removesuffix('hub/')}services/class/"
        return f"{base}spawn"


def _sign_out(db: Any, user: Any) -> None:
    """End every session of a user: sign-in cookies, and what their server was told by the hub.

    A server asks the hub again after five minutes at most (``HubAuth.cache_max_age``).
    """
    user.orm_user.cookie_id = orm.new_token()
    for token in list(user.orm_user.api_tokens):
        if token.session_id:
            db.delete(token)
    db.commit()


def _joined() -> dict[str, str]:
    """Return when each link was used, by learner."""
    try:
        found: dict[str, str] = json.loads((named_folder().private / JOINED).read_text())
    except (OSError, ValueError):
        return {}
    return found


def _note_joined(who: str) -> None:
    """Remember that a link was used just now."""
    now = datetime.now(UTC).strftime("%d %B, %H:%M UTC")
    write_private(named_folder().private / JOINED, json.dumps(_joined() | {who: now}))
