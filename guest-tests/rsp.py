# SPDX-License-Identifier: BSD-2-Clause
"""rsp.py: a debugger that says what it is told, in GDB's remote protocol."""
import re
import socket
import time

PACKET = re.compile(rb"\$([^#]*)#..", re.S)


def frame(text):
    """The packet with this text (str or bytes)."""
    text = text.encode() if isinstance(text, str) else text
    return b"$%s#%02x" % (text, sum(text) & 255)


class Client:
    """A connection to the stub at a Unix socket."""

    def __init__(self, path, patience=60):
        deadline = time.monotonic() + patience
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(patience)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.have = b""
        self.acknowledges = True

    def close(self):
        self.socket.close()

    def send(self, data):
        """Bytes as they are."""
        self.socket.sendall(data)

    def more(self):
        """Receive something. False: the connection is closed."""
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        self.have += data
        return bool(data)

    def closed(self):
        """Whether the other side closes it, without another word."""
        while self.more():
            pass
        return not self.have.strip(b"+")

    def reply(self):
        """The text of the next packet, without what is around it; None: the
        connection is closed."""
        while not (found := PACKET.search(self.have)):
            if not self.more():
                return None
        self.have = self.have[found.end() :]
        if self.acknowledges:
            try:
                self.send(b"+")
            except OSError:
                pass
        return found[1].decode("latin-1")

    def ask(self, text):
        """Send a packet; the text of the answer."""
        self.send(frame(text))
        return self.reply()
