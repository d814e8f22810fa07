"""Trials that outlive their workers: on this machine's cores, or on a Ray or Dask cluster.

A lesson never names a cluster. Without an address one is started here; with ``RAY_ADDRESS`` or
``DASK_SCHEDULER_ADDRESS`` in the environment, the same code runs on that cluster.
"""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import joblib
from tqdm.auto import tqdm

EXTRA = "in the course's folder, python -m pip install -e '.[cluster]'"


def run_trials(
    trial: Callable[..., Mapping],
    settings: Sequence[Mapping],
    *,
    jobs: int,
    backend: str | None,
    retries: int,
    keep: str | Path | None,
) -> list[dict]:
    """What ``trial(**s)`` returned for each of ``settings``, or ``{"error": ...}``.

    A trial that raises is tried again, up to ``retries`` times. So is one whose worker dies, with
    all that were not done yet; then each of them gets workers of its own, so that one that always
    kills its worker takes no other with it. Each result is stored in the folder ``keep`` as soon as
    it is there, by the worker: on a cluster, a folder that all machines see.
    """
    with tempfile.TemporaryDirectory() as scratch, connected(backend, jobs):
        folder = Path(keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / f"{joblib.hash(dict(s))}.trial" for s in settings]
        failed: dict[Path, str] = {}

        def missing() -> list[int]:
            return [i for i, f in enumerate(files) if not f.exists() and f not in failed]

        def run(indices: Sequence[int], workers: int) -> None:
            calls = [
                joblib.delayed(_attempt)(trial, settings[i], files[i], retries) for i in indices
            ]
            # "ray" can only return everything at the end
            work = joblib.Parallel(
                n_jobs=workers, batch_size=1, return_as="list" if backend == "ray" else "generator"
            )(calls)
            progress = tqdm(work, total=len(calls), desc="trials", leave=False)
            failed.update({files[i]: e for i, e in zip(indices, progress, strict=True) if e})

        lost = ""
        for _ in range(retries + 1):
            if missing():
                lost = _survive(run, missing(), jobs) or lost
        for i in missing():  # n_jobs=1 would run it in this process, and might take that with it
            lost = _survive(run, [i], max(jobs, 2)) or lost
        return [
            {"error": failed.get(f) or f"its worker was lost: {lost}"}
            if not f.exists()
            else joblib.load(f)
            for f in files
        ]


def _attempt(trial, settings: Mapping, file: Path, retries: int) -> str:
    """Run a trial in a worker and store what it returns, or return the last try's error."""
    if file.exists():
        return ""
    for _ in range(retries + 1):
        try:
            result = dict(trial(**settings))
            break
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
    else:
        return message
    unfinished = file.with_suffix(f".{os.getpid()}")
    joblib.dump(result, unfinished)
    unfinished.replace(file)  # all of it or nothing
    return ""


def _survive(run: Callable, indices: Sequence[int], workers: int) -> str:
    """Run; when a worker dies joblib gives up all of the call, so say why and go on."""
    try:
        run(indices, workers)
    except Exception as error:  # each backend has its own; a trial's errors do not come this far
        return f"{type(error).__name__}: {error}".strip().splitlines()[0]
    return ""


@contextmanager
def connected(backend: str | None, jobs: int) -> Iterator[None]:
    """Have joblib's ``backend`` at hand: "ray" and "dask" need a cluster, the others nothing.

    A cluster that is started here has ``jobs`` workers and is stopped at the end. One that is
    already connected, or whose address the environment gives, is used and left running.
    """
    try:
        with (
            {"ray": _ray, "dask": _dask}.get(backend, nullcontext)(jobs),
            joblib.parallel_config(backend=backend) if backend else nullcontext(),
        ):
            yield
    except ModuleNotFoundError as error:
        if error.name not in ("ray", "dask", "distributed"):
            raise
        raise ModuleNotFoundError(f"backend={backend!r} is not installed: {EXTRA}") from error


@contextmanager
def _ray(jobs: int) -> Iterator[None]:
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    started = not ray.is_initialized()
    if started:
        elsewhere = bool(os.environ.get("RAY_ADDRESS"))
        here = {} if elsewhere else {"num_cpus": max(jobs, 2), "include_dashboard": False}
        options = {"log_to_driver": False, "logging_level": "ERROR"} | here
        for tries_left in (2, 1, 0):
            try:
                ray.init(**options)
                break
            except Exception:  # a busy machine may need more than the 30 s that Ray allows
                ray.shutdown()
                if not tries_left:
                    raise
    try:
        yield
    finally:
        if started:
            ray.shutdown()


@contextmanager
def _dask(jobs: int) -> Iterator[None]:
    from distributed import Client, default_client

    try:
        default_client()
    except ValueError:  # none yet
        here = {"n_workers": max(jobs, 2), "threads_per_worker": 1, "dashboard_address": None}
        here["silence_logs"] = logging.ERROR
        with Client(**({} if os.environ.get("DASK_SCHEDULER_ADDRESS") else here)):
            yield
    else:
        yield
