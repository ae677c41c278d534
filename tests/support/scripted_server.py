"""A server that writes what a test tells it to, and how long a client waits for it."""

import socket
import threading

OK = b"HTTP/1.1 200 OK\r\n"


class Script:
    """A server that says what it is told to, connection by connection."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self._answers: list[list[bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._turn = threading.Lock()

    def says(self, *answers: bytes) -> str:
        """Answer one connection with these, one for each request; then close it."""
        self._answers.append(list(answers))
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        self._threads.append(thread)
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        with self._turn:  # who comes first gets what was said first
            sock, _ = self._listener.accept()
            answers = self._answers.pop(0)
        self.connections += 1
        with sock:
            for answer in answers:
                self.asked.append(_request(sock))
                sock.sendall(answer)

    def close(self) -> None:
        for thread in self._threads:
            thread.join(5)
        self._listener.close()


def _request(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line[15:])
            for line in head.split(b"\r\n")
            if line.startswith(b"content-l")
        ),
        0,
    )
    while len(body) < length and (more := sock.recv(65536)):
        body += more
    return head + b"\r\n\r\n" + body


class Patience:
    """Allows waits of these seconds, one after the other; the last one for ever."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = [*seconds]

    def seconds(self) -> float:
        return self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0]

    def connect_seconds(self) -> float:
        return 5.0

    def heard(self, count: int) -> None:
        assert count > 0
