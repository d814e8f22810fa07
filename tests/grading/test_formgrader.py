"""Formgrader itself, in a browser: all of a hostile submission is clicked, and nothing runs."""

import json
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from nbgrader.api import Gradebook

from tests.grading import submissions as uploads
from tests.grading.test_grade import LESSON, notebook, put, run
from tests.grading.test_report import HOSTILE
from tests.recommend.browser import Browser, find_browser

PROGRAM = find_browser()
NAME = "<img src=x onerror=window.ran=1> \"'><script>window.ran=1</script>"
CLICK = """
(() => {
    const inside = [...document.querySelectorAll("#notebook-container *")];
    document.addEventListener("click", event => {  // pages elsewhere stay closed
        const link = event.target.closest("a");
        if (link && /^https?:/.test(link.href)) event.preventDefault();
    });
    for (const node of inside) for (const kind of ["mouseover", "focus", "click"])
        node.dispatchEvent(new MouseEvent(kind, {bubbles: true, cancelable: true}));
    return inside.length;
})()
"""


@pytest.fixture
def server(example, folder):
    """Formgrader on the grades of one hostile submission: its address and the submission's id."""
    words = "\n\n".join(text.replace("alert(1)", "window.ran=1") for text in HOSTILE)
    made = json.loads(notebook(example, words=words))
    bad = {"output_type": "display_data", "metadata": {}}
    bad["data"] = {
        "text/html": "<script>window.ran=1</script>",
        "text/plain": "<b onclick=x>kept</b>",
    }
    made["cells"].insert(
        3, uploads.code("x = '<script>window.ran=1</script>'") | {"outputs": [bad]}
    )
    put(folder, NAME.replace("/", "-"), json.dumps(made).encode())
    run(example, folder)
    out = folder.parent / "grades"
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}", "course") as book:
        (submission,) = book.notebook_submissions(LESSON, LESSON)
        number = submission.id
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "server", f"--port={port}", "--ServerApp.token=x"]
    command += ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += ['--ServerApp.jpserver_extensions={"nbgrader.server_extensions.formgrader": True}']
    process = subprocess.Popen(
        command, cwd=out, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/api?token=x", timeout=5)
            break
        except OSError:
            time.sleep(0.1)
    yield address, number
    process.terminate()
    process.wait(30)


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")
def test_nothing_of_a_submission_runs_in_formgrader(server, tmp_path):
    address, number = server
    profile = tmp_path / "browser"
    profile.mkdir()
    browser = Browser(PROGRAM, profile)
    try:
        browser.open(f"{address}/tree?token=x")
        browser.wait("document.readyState === 'complete'")
        browser.open(f"{address}/formgrader/submissions/{number}/?token=x")
        browser.wait("document.body && document.body.innerText.includes('my figure')")
        assert browser.run(CLICK) > 50
        time.sleep(1)
        assert browser.run("window.ran === undefined")
        assert browser.run(f"location.href.startsWith({address + '/formgrader/'!r})")
        assert browser.run("!document.querySelector('#notebook-container script')")
        for page in (
            f"gradebook/{LESSON}/{LESSON}",
            "manage_students",
            f"manage_submissions/{LESSON}",
        ):
            browser.open(f"{address}/formgrader/{page}?token=x")
            browser.wait("document.readyState === 'complete' && document.querySelector('table')")
            time.sleep(1)
            assert browser.run("window.ran === undefined"), page
    finally:
        browser.close()
