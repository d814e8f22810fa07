"""The page in a real browser: JupyterLab, a kernel, and a mouse that rates movies."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.recommend.browser import Browser, find_browser, wait_for

ROOT = Path(__file__).resolve().parents[2]
MISSING = [
    name
    for name in ("jupyterlab", "websocket", "ipywidgets")
    if importlib.util.find_spec(name) is None
]
pytestmark = [
    pytest.mark.skipif(not find_browser(), reason="no Chromium or Chrome on this machine"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]

CODE = """
import pandas as pd
from course_utils.models import baselines
from course_utils.recommend.page import Advisor, recommend_yourself
from tests.tasks.test_rows import make_split

split = make_split(n_users=80, n_movies=40)
movies = pd.DataFrame(
    {"movie_id": split.movie_ids, "title": [f"Film {i:02d}" for i in range(40)], "year": 1990}
)
models = {
    "popularity": baselines.popularity(split),
    "bias": baselines.bias_model(split),
    "EASE": baselines.ease(split),
}
recommend_yourself(Advisor(models, split, movies), {"Film 03": 5, "Film 05": 4})
"""
SEARCH = "input[placeholder='search a title']"
LISTS = """[...document.querySelectorAll("section.course-list")].map(
    list => [...list.querySelectorAll("li")].map(line => line.innerText))"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on a notebook with the page; its address, without a browser of its own."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [nbformat.v4.new_code_cell(CODE.strip())]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "page.ipynb")
    port = free_port()
    settings = {
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    options = {
        "port": port,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "",
        "LabApp.expose_app_in_browser": True,
    }
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser"),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        env=os.environ | settings,
        stdout=log,
        stderr=log,
        cwd=folder,
    )

    def answers():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for(answers, 90, "JupyterLab")
        yield f"http://127.0.0.1:{port}/lab/tree/page.ipynb?reset"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


@pytest.fixture(scope="module")
def page(lab, tmp_path_factory):
    """The browser with the notebook open and its cell run."""
    browser = Browser(find_browser(), tmp_path_factory.mktemp("browser"))
    try:
        browser.open(lab)
        ready = "!!(window.jupyterapp && document.querySelector('.jp-Notebook .jp-CodeCell'))"
        browser.wait(ready, 120)
        # Run before the kernel is there, the command asks for one in a dialog over the page.
        notebook = "[...window.jupyterapp.shell.widgets('main')].find(w => w.sessionContext)"
        kernel = f"{notebook}?.sessionContext.session?.kernel"
        browser.wait(f"{kernel}?.connectionStatus === 'connected'", 120)
        browser.wait(f"{kernel}?.status === 'idle'", 120)
        browser.run("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        browser.wait(f"{LISTS}.length === 3", 180)
        yield browser
    finally:
        browser.close()


def test_rating_by_clicking_changes_the_lists(page):
    before = page.run(LISTS)
    assert [len(titles) for titles in before] == [10, 10, 10]

    page.type(SEARCH, "Film 08")
    page.wait("document.querySelectorAll('button[title^=\"Rate \"]').length === 5")
    page.click("button[title='Rate Film 08 (1990): 5']")
    page.wait("!!document.querySelector('button[title=\"Remove Film 08 (1990)\"]')")
    page.wait(f"JSON.stringify({LISTS}) !== {quoted(before)}")
    after = page.run(LISTS)
    assert [len(titles) for titles in after] == [10, 10, 10]
    assert not any("Film 08" in line.split("\n")[0] for titles in after for line in titles)
    assert any("because of" in line for line in after[2])

    page.click("button[title='Remove Film 08 (1990)']")
    page.wait(f"JSON.stringify({LISTS}) === {quoted(before)}")
    page.click("button[title='Undo the last change']")
    page.wait(f"JSON.stringify({LISTS}) === {quoted(after)}")


def test_a_dozen_ratings_from_nothing(page):
    page.click("button[title='Remove all ratings']")
    page.wait(f"{LISTS}.length === 0")
    page.type(SEARCH, " ")  # nothing searched: well-known films are offered
    for n in range(1, 13):
        page.wait("document.querySelectorAll('button[title^=\"Rate \"]').length === 40")
        first = page.run("document.querySelector('button[title^=\"Rate \"]').title.slice(5, -3)")
        page.click(f"button[title='Rate {first}: {1 + n % 5}']")
        page.wait(f"document.querySelectorAll('button[title^=\"Remove Film\"]').length === {n}")
        page.wait(f"!document.querySelector('button[title^=\"Rate {first}\"]')")
    assert [len(titles) for titles in page.run(LISTS)] == [10, 10, 10]


def quoted(lists) -> str:
    """The JavaScript string that ``JSON.stringify`` makes of the lists."""
    return json.dumps(json.dumps(lists, ensure_ascii=False, separators=(",", ":")))
