"""A headless Chromium for tests, driven over its DevTools: load a page, look, click, type."""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1400,1600",
)


def find_browser() -> str | None:
    """Path of a Chromium or Chrome: ``COURSE_BROWSER``, else the first on the path."""
    if chosen := os.environ.get("COURSE_BROWSER"):
        return chosen
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One tab. ``folder`` is new and holds the browser's profile."""

    def __init__(self, program: str, folder: Path):
        import websocket

        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        written = folder / "DevToolsActivePort"
        wait_for(lambda: written.is_file() and written.read_text().count("\n"), 60, "the browser")
        port = written.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            tab = next(t for t in json.load(answer) if t["type"] == "page")
        self.socket = websocket.create_connection(
            tab["webSocketDebuggerUrl"], timeout=60, suppress_origin=True
        )
        self.number = 0

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)

    def send(self, method: str, **parameters) -> dict:
        """One DevTools command and its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.number:
            pass  # an event
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def open(self, address: str) -> None:
        self.send("Page.navigate", url=address)

    def run(self, script: str):
        """Value of a JavaScript expression; a promise is awaited."""
        result = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait(self, script: str, seconds: float = 60):
        """The expression's value as soon as it is true."""
        return wait_for(lambda: self.run(script), seconds, script)

    def click(self, selector: str) -> None:
        """A real mouse click on the middle of the element, once it stands still and is on top."""
        x, y = self.wait(
            f"""(async () => {{
                const element = document.querySelector({json.dumps(selector)});
                if (!element) return null;
                element.scrollIntoView({{block: "center", behavior: "instant"}});
                const frame = () => new Promise(requestAnimationFrame);
                const before = element.getBoundingClientRect();
                await frame(); await frame(); await frame();
                const box = element.getBoundingClientRect();
                const place = [box.x + box.width / 2, box.y + box.height / 2];
                const still = box.y === before.y && box.x === before.x && box.width > 0;
                const onTop = element.contains(document.elementFromPoint(...place));
                return still && onTop ? place : null;
            }})()"""
        )
        place = {"x": x, "y": y, "button": "left", "clickCount": 1}
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.send("Input.dispatchMouseEvent", type="mousePressed", **place)
        self.send("Input.dispatchMouseEvent", type="mouseReleased", **place)

    def type(self, selector: str, text: str) -> None:
        """Click into a field and type, in place of what it holds."""
        field = f"document.querySelector({json.dumps(selector)})"

        def typed():
            self.click(selector)
            time.sleep(0.5)  # JupyterLab has its own ideas of where the focus belongs after a click
            if self.run(f"document.activeElement === {field}"):
                self.run(f"{field}.select()")
                self.send("Input.insertText", text=text)
            return self.run(f"{field}.value === {json.dumps(text)}")

        wait_for(typed, 60, f"{text!r} in {selector}")


def wait_for(condition, seconds: float, what: str):
    """What ``condition()`` returns once it is true; AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}")
