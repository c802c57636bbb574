"""A mail server on loopback that keeps what it takes. An address at `refused.example.org` is refused for
good, one at `later.example.org` for now."""

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Taken:
    to: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def text(self) -> str:
        return self.message.get_content()


class Handler(socketserver.StreamRequestHandler):
    """One connection, line by line (RFC 5321, as far as a client needs it)."""

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def handle(self) -> None:
        to: list[str] = []
        self.say("220 stand-in")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if verb.upper() == "RCPT":
                self.say(self.answer(rest, to))
            elif verb.upper() == "DATA":
                self.say("354 go on")
                self.server.taken.append(Taken(list(to), self.read_data()))  # type: ignore[attr-defined]
                self.say("250 taken")
            elif verb.upper() == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def answer(self, rest: str, to: list[str]) -> str:
        address = rest.partition("<")[2].partition(">")[0]
        if address.endswith("@refused.example.org"):
            return "550 no such mailbox"
        if address.endswith("@later.example.org"):
            return "451 come again later"
        to.append(address)
        return "250 ok"

    def read_data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.taken: list[Taken] = []


@dataclass
class MailStandIn:
    """`with MailStandIn() as mail:`, then `mail.url` and `mail.taken`."""

    server: Server = field(default_factory=Server)

    def __enter__(self) -> "MailStandIn":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server.server_address[1]}"

    @property
    def taken(self) -> list[Taken]:
        return self.server.taken
