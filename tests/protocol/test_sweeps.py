"""Sweeps that lose trials and workers, here and on local two-worker clusters of Ray and Dask."""

import os
import signal
import socket
from importlib.util import find_spec

import pytest

from course_utils.protocol.sweeps import _someone_answers, _why, sweep

GRID = {"width": [1, 2, 3]}
CLUSTERS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(not find_spec(package), reason=f"{name} is not installed"),
    )
    for name, package in (("ray", "ray"), ("dask", "distributed"))
]


def murderous(folder, always=False):
    """A trial, pickled by value; that of width 2 kills its worker, once or each time."""

    def trial(seed, width):
        victim = folder / "victim"
        if width == 2 and (always or not victim.exists()):
            victim.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        with open(folder / f"ran-{width}-{seed}", "a") as log:
            log.write("x")
        return {"score": 10 * width + seed}

    return trial


def runs(folder):
    return {file.name[4:]: len(file.read_text()) for file in folder.glob("ran-*")}


def is_connected(backend):
    if backend == "ray":
        import ray

        return ray.is_initialized()
    from distributed.client import _get_global_client

    return _get_global_client() is not None


@pytest.mark.parametrize("backend", ["loky", *CLUSTERS])
def test_a_killed_worker_costs_no_trial(tmp_path, backend):
    table = sweep(murderous(tmp_path), GRID, seeds=(0, 1), jobs=2, backend=backend)
    assert (tmp_path / "victim").exists()
    assert table["score"].tolist() == [10, 11, 20, 21, 30, 31]
    assert "error" not in table
    if backend != "loky":
        assert not is_connected(backend)  # what the sweep started, it stopped


def test_a_trial_that_always_kills_its_worker_takes_no_other_with_it(tmp_path):
    with pytest.warns(UserWarning, match="1 of 3 trials failed"):
        table = sweep(murderous(tmp_path, always=True), GRID, seeds=(0,), jobs=2, retries=1)
    assert table["score"].tolist()[::2] == [10, 30]
    assert table["error"].isna().tolist() == [True, False, True]
    assert "its worker was lost" in table["error"][1]


def test_a_trial_that_raises_is_tried_again_and_then_reported(tmp_path):
    def trial(seed, width):
        tries = tmp_path / f"tries-{width}"
        before = len(tries.read_text()) if tries.exists() else 0
        tries.write_text("x" * (before + 1))
        if width == 3 or (width == 2 and before == 0):
            raise ValueError(f"width {width} is too wide")
        return {"score": width}

    with pytest.warns(UserWarning, match="1 of 3 trials failed; see the column error"):
        table = sweep(trial, GRID, seeds=(0,), retries=2)
    assert table["score"].tolist()[:2] == [1, 2]
    assert table["error"][2] == "ValueError: width 3 is too wide"
    assert len((tmp_path / "tries-3").read_text()) == 3


def test_if_all_fail_the_sweep_raises_the_first_error():
    def trial(seed):
        raise KeyError("rmse")

    with pytest.raises(RuntimeError, match="all 3 trials failed, the first with KeyError: 'rmse'"):
        sweep(trial, {}, retries=0)


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path):
    def trial(seed, width):
        with open(tmp_path / f"ran-{width}-{seed}", "a") as log:
            log.write("x")
        if width == 3 and not (tmp_path / "again").exists():
            raise KeyboardInterrupt
        return {"score": width}

    with pytest.raises(KeyboardInterrupt):
        sweep(trial, GRID, seeds=(0,), keep=tmp_path / "kept")
    (tmp_path / "again").touch()
    table = sweep(trial, GRID, seeds=(0,), keep=tmp_path / "kept")
    assert table["score"].tolist() == [1, 2, 3]
    assert runs(tmp_path) == {"1-0": 1, "2-0": 1, "3-0": 2}


def test_a_backend_that_is_not_installed_names_the_remedy(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(ModuleNotFoundError, match=r"backend='ray'.*-e '.\[cluster\]'"):
        sweep(lambda seed: {}, {}, backend="ray")


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_wrong_ray_address_is_told_at_once(scheme):
    with socket.socket() as free:  # a port on which nothing listens
        free.bind(("127.0.0.1", 0))
        address = f"{scheme}127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ConnectionError, match="no cluster answers there"):
            _someone_answers(address)


@pytest.mark.parametrize("address", ["", "auto", "local"])
def test_an_address_without_a_port_is_left_to_ray(address):
    _someone_answers(address)


def test_a_cluster_that_answers_is_not_refused():
    with socket.create_server(("127.0.0.1", 0)) as cluster:
        _someone_answers(f"ray://127.0.0.1:{cluster.getsockname()[1]}")


def test_workers_that_do_not_see_the_folder_are_told_of_keep(tmp_path):
    said = _why("FileNotFoundError: [Errno 2] No such file", tmp_path)
    assert str(tmp_path) in said and "keep=" in said
    assert "keep=" not in _why("TerminatedWorkerError", tmp_path)
