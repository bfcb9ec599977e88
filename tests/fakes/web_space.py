"""A web server over a folder, as an organisation has one; a test may bend what it answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class WebSpace:
    """What the server answers in place of the files."""

    url: str = ""
    answers: dict[str, bytes] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, web: WebSpace, **kwargs: Any) -> None:
        self._web = web
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        web, path = self._web, self.path
        if path in web.missing:
            self.send_error(404)
        elif path in web.moved:
            self.send_response(302)
            self.send_header("Location", web.moved[path])
            self.end_headers()
        elif path in web.answers:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(web.answers[path])
        else:
            super().do_GET()

    def log_message(self, *args: Any) -> None:
        del args


@contextmanager
def served(folder: Path) -> Iterator[WebSpace]:
    """Serve a folder on loopback."""
    web = WebSpace()
    handler = partial(_Handler, web=web, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        web.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()
