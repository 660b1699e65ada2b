"""A mail server for tests: it takes mails, refuses some, and can keep silent."""

from __future__ import annotations

import email
import socketserver
import threading
from email.message import Message


class SmtpSink:
    """A server on a port of this machine; ``mails`` are those it has taken.

    ``refused``: addresses of which it says that they do not exist. ``silent_after``:
    number of mails after which it takes the text of a mail and says nothing.
    """

    def __init__(self, port: int = 0):
        self.mails: list[Message] = []
        self.refused: set[str] = set()
        self.silent_after: int | None = None
        self.is_silent = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Session)
        self._server.sink = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def recipients(self) -> list[str]:
        """:return: the addresses of all mails taken, sorted; twice if taken twice"""
        return sorted(mail["X-Recipient"] for mail in self.mails)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Session(socketserver.StreamRequestHandler):
    """One connection; just as much of SMTP as Odoo speaks."""

    def handle(self):
        self._recipients: list[str] = []
        self._say(220, "sink")
        while line := self.rfile.readline():
            verb = line[:4].decode("ascii", "replace").strip().upper()
            if verb == "QUIT":
                self._say(221, "bye")
                return
            getattr(self, f"_on_{verb.lower()}", self._on_other)(line)

    def _on_other(self, _line):
        self._say(250, "ok")

    def _on_rcpt(self, line):
        address = line.decode().partition("<")[2].partition(">")[0]
        if address in self.server.sink.refused:
            self._say(550, "no such user here")
            return
        self._recipients.append(address)
        self._say(250, "ok")

    def _on_rset(self, _line):
        self._recipients = []
        self._say(250, "ok")

    def _on_data(self, _line):
        sink = self.server.sink
        self._say(354, "go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if sink.silent_after is not None and len(sink.mails) >= sink.silent_after:
            sink.is_silent.set()
            self.rfile.readline()  # until the other side is gone
            return
        mail = email.message_from_bytes(b"".join(lines))
        mail["X-Recipient"] = ",".join(self._recipients)
        sink.mails.append(mail)
        self._recipients = []
        self._say(250, "taken")

    def _say(self, code: int, words: str):
        self.wfile.write(f"{code} {words}\r\n".encode())
