"""Files that came with texts: the API shows where each is to whoever has the account's token (302, as Twilio
does), the file host hands it out to anyone. It notes who brought credentials there, and misbehaves on wish.
"""

import base64
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from tests.carrier.exchange import Exchange
from tests.carrier.messages import API_VERSION, Message

API = "https://api.twilio.com"
MEDIA_PATH = re.compile(
    r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages/(\w+)/Media(?:/(ME\w+)|\.json)"
)
FILE_PATH = re.compile(r"/files/(ME\w+)(?:/([0-9]+))?")


@dataclass
class File:
    """One file, and how to misbehave about it.

    status, times: what the API answers instead of the redirect, so often (None: always).
    location: where the redirect leads instead. hops: redirects before the file comes.
    claims: the length the answer claims. drip: seconds before each byte. late: seconds of silence first.
    """

    message_sid: str
    content: bytes
    type: str = "image/jpeg"
    status: int | None = None
    times: int | None = None
    location: str | None = None
    hops: int = 0
    claims: int | None = None
    drip: float = 0.0
    late: float = 0.0
    sid: str = ""


def attach(exchange: Exchange, message: Message, wishes: list[dict[str, Any]]) -> dict[str, str]:
    """Keep the files of a text that comes in; returns the webhook's keys about them."""
    form = {"NumMedia": str(len(wishes))}
    message.num_media = len(wishes)
    for n, wish in enumerate(wishes):
        content = base64.b64decode(wish.pop("content", ""))
        file = File(message.sid, content, **wish)
        file.sid = file.sid or f"ME{secrets.token_hex(16)}"
        exchange.files[file.sid] = file
        form[f"MediaUrl{n}"] = f"{API}{_path(message)}/Media/{file.sid}"
        form[f"MediaContentType{n}"] = file.type
    return form


def listing(exchange: Exchange, message_sid: str) -> dict[str, Any]:
    """The API's list of a message's files."""
    mine = [f for f in exchange.files.values() if f.message_sid == message_sid]
    shown = [{"sid": f.sid, "content_type": f.type, "parent_sid": message_sid} for f in mine]
    return {"media_list": shown, "page": 0, "page_size": 50, "next_page_uri": None, "uri": ""}


def redirect(exchange: Exchange, message_sid: str, sid: str, base: str) -> tuple[int, str]:
    """The API's answer to who asks for a file: a status, and for 302 where it is."""
    file = exchange.files.get(sid)
    if file is None or file.message_sid != message_sid:
        return 404, ""
    if file.status is not None and file.times != 0:
        if file.times is not None:
            file.times -= 1
        return file.status, ""
    return 302, file.location or f"{base}/files/{sid}/{file.hops}"


def serve_file(handler: Any, exchange: Exchange, sid: str, hops: int) -> None:
    """The file host: asks nobody who they are, and must not be told."""
    exchange.requests["file"] += 1
    if handler.headers.get("Authorization"):
        exchange.requests["file_with_credentials"] += 1
    file: File = exchange.files[sid]
    if hops:
        handler.send_response(307)
        handler.send_header("Location", f"http://{handler.headers['Host']}/files/{sid}/{hops - 1}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    time.sleep(file.late)
    handler.send_response(200)
    handler.send_header("Content-Type", file.type)
    claimed = len(file.content) if file.claims is None else file.claims
    if claimed >= 0:  # a negative wish: say no length, end by closing
        handler.send_header("Content-Length", str(claimed))
    handler.end_headers()
    handler.close_connection = True
    _write(handler, file)


def _write(handler: Any, file: File) -> None:
    try:
        if not file.drip:
            handler.wfile.write(file.content)
            return
        for n in range(len(file.content)):
            time.sleep(file.drip)
            handler.wfile.write(file.content[n : n + 1])
            handler.wfile.flush()
    except OSError:
        pass  # the caller gave up, as it should


def _path(message: Message) -> str:
    return f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}"
