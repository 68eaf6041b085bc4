"""A link that opens AWS's console in a learner's session, without a password.

Source: IAM User Guide, "Enable custom identity broker access to the AWS console".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from labkit.errors import LabkitError

FEDERATION = "https://signin.aws.amazon.com/federation"
ISSUER = "labkit"
"""Where AWS sends somebody whose console session has ended; AWS takes any text."""
ANSWER_S = 20


def console_link(
    keys: Mapping[str, Any], region: str, seconds: int | None, federation: str = FEDERATION
) -> str:
    """Return the link; it has to be used within 15 minutes.

    Parameters
    ----------
    keys
        What AssumeRole gave.
    region
        The Region that the console opens in.
    seconds
        How long the console session lasts, 900 to 43,200; None for as long as the keys, which is
        all that AWS takes where a role's own keys assumed the role.
    federation
        AWS's endpoint.

    Raises
    ------
    LabkitError
        AWS gives no token; the message has its status.
    """
    import requests

    try:
        answer = requests.get(token_url(keys, seconds, federation), timeout=ANSWER_S)
        answer.raise_for_status()
        token = answer.json()["SigninToken"]
    except (requests.RequestException, ValueError, KeyError) as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        said = f"status {status}" if status else type(error).__name__
        raise LabkitError(f"AWS's sign-in page gave no link ({said}); try again.") from None
    return login_url(token, region, federation)


def token_url(keys: Mapping[str, Any], seconds: int | None, federation: str = FEDERATION) -> str:
    """Return the address that gives a sign-in token; it holds the keys, so it is for nobody."""
    session = {
        "sessionId": keys["AccessKeyId"],
        "sessionKey": keys["SecretAccessKey"],
        "sessionToken": keys["SessionToken"],
    }
    asked = {"Action": "getSigninToken", "Session": json.dumps(session)}
    if seconds is not None:
        asked["SessionDuration"] = str(seconds)
    return f"{federation}?{urlencode(asked)}"


def login_url(token: str, region: str, federation: str = FEDERATION) -> str:
    """Return the address that signs whoever opens it in."""
    asked = {
        "Action": "login",
        "Issuer": ISSUER,
        "Destination": f"https://{region}.console.aws.amazon.com/",
        "SigninToken": token,
    }
    return f"{federation}?{urlencode(asked)}"
