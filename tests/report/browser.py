"""A chromium that does as it is told, over the pipe of its debugging protocol, and tells all that a page does."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import pytest

Look = Literal["light", "dark"]

_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
_LONGEST_S = 300.0  # one that hangs must not hang the tests
_ABOVE_ALL = 10  # file descriptors below this may be 3 and 4 themselves, which chromium reads and writes


def chromium() -> str:
    """Path of the browser; without one a test is skipped, or fails where EPHYS_TEST_BROWSER says that there is one."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("EPHYS_TEST_BROWSER"):
            pytest.fail("EPHYS_TEST_BROWSER is set, and there is neither chromium nor google-chrome")
        pytest.skip("no chromium here")
    return found


class Browser:
    """One tab.

    Parameters
    ----------
    commands, answers : file
        Ends of the pipes.
    """

    def __init__(self, commands: IO[bytes], answers: IO[bytes]) -> None:
        self._commands, self._answers, self._rest, self._number = commands, answers, b"", 0
        self.events: list[dict[str, Any]] = []
        self._session: dict[str, str] = {}
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Do something, and return what comes of it."""
        self._number += 1
        text = json.dumps({"id": self._number, "method": method, "params": parameters, **self._session})
        self._commands.write(text.encode() + b"\0")
        self._commands.flush()
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        """Next message."""
        while b"\0" not in self._rest:
            more = os.read(self._answers.fileno(), 1 << 16)
            assert more, "the browser has gone"
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def open(self, page: Path, look: Look = "light", *, width: int = 1200, height: int = 1600) -> None:
        """Open a file, and wait until it is there."""
        self.events.clear()
        self("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": look}])
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def value(self, expression: str) -> Any:
        """Value of an expression of JavaScript in the page, as if a person had clicked; of a promise, what it gives."""
        found = self("Runtime.evaluate", expression=expression, returnByValue=True, userGesture=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def point_at(self, x: float, y: float) -> None:
        """Move the mouse."""
        self("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        for kind in ("keyDown", "keyUp"):
            self("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def screenshot(self, path: Path) -> Path:
        """Save what is seen as PNG."""
        path.write_bytes(base64.b64decode(self("Page.captureScreenshot")["data"]))
        return path

    def pdf(self, path: Path) -> Path:
        """Print."""
        path.write_bytes(base64.b64decode(self("Page.printToPDF", preferCSSPageSize=True)["data"]))
        return path

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings of the console, and whatever was asked for beyond the page itself."""
        self.value("new Promise(done => setTimeout(done, 50))")  # what is under way comes in
        return list(self._complaints())

    def _complaints(self) -> Iterator[str]:
        for event in self.events:
            method, told = event["method"], event.get("params", {})
            if method == "Runtime.exceptionThrown":
                yield str(told["exceptionDetails"])
            elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
                yield str(told["args"])
            elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
                yield str(told["entry"]["text"])
            elif method == "Network.requestWillBeSent" and not _is_in_the_page(told):
                yield f"asked for {told['request']['url']}"


def _is_in_the_page(asked: dict[str, Any]) -> bool:
    """Whether a request is that for the page, or for an image that is written out in it."""
    return asked["type"] == "Document" or str(asked["request"]["url"]).startswith("data:")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start chromium, with its own settings in a folder, and stop it."""
    program = chromium()
    ends = [*os.pipe(), *os.pipe()]
    read, send, receive, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _ABOVE_ALL) for end in ends)
    for end in ends:
        os.close(end)
    started = subprocess.Popen(
        ["bash", "-c", f'exec "$@" 3<&{read} 4>&{write}', "bash", program, *_OPTIONS, f"--user-data-dir={folder}"],
        pass_fds=(read, write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(read)
    os.close(write)
    overdue = threading.Timer(_LONGEST_S, started.kill)
    overdue.start()
    with os.fdopen(send, "wb") as commands, os.fdopen(receive, "rb") as answers:
        try:
            yield Browser(commands, answers)
        finally:
            overdue.cancel()
            started.terminate()
            started.wait(timeout=20)
