"""Values on their way from a student's process to the grader, as plain data.

Nothing that comes from a student is ever unpickled: numbers, words, arrays, tables and containers
of them travel as JSON; anything else stays where it is and is known by a number (see ``hold``).
Used on both sides, so it imports nothing heavy by itself.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import os
import struct
import sys
from collections import Counter, namedtuple
from collections.abc import Callable, Mapping
from typing import Any

LARGEST = 16 * 2**20  # bytes of one answer; as Python objects it may take twenty times that
DEEPEST = 40  # nested containers
MOST_PARTS = 1_000_000  # values in one answer that are objects of their own
MOST_BYTES_EACH = 40_000  # of one value of an array
MOST_ALIKE = 64  # members of a set or keys of a dict with the same hash
PLAIN_KINDS = "biufcSUMm"  # numpy kinds whose bytes mean something elsewhere


class TooLargeError(ValueError):
    """A value is too large to be an answer."""


# --------------------------------------------------------------------------------- messages
def send(file: int, message: Any, largest: float = math.inf) -> None:
    """Write one message to a file descriptor: eight bytes of length, then JSON."""
    body = json.dumps(message).encode()
    if len(body) > largest:
        raise TooLargeError(f"more than {LARGEST // 2**20} MB")
    view = memoryview(struct.pack("<Q", len(body)) + body)
    while view:
        view = view[os.write(file, view) :]


class Reader:
    """Puts together what arrives in pieces on a file descriptor."""

    def __init__(self, file: int, largest: float = math.inf) -> None:
        self.file, self._largest, self._buffer = file, largest, bytearray()

    def message(self) -> Any | None:
        """The next message if it is complete, without reading; None if not.

        Raises:
            TooLargeError: it announces more than ``largest`` bytes.
            ValueError: it is not JSON.
        """
        if len(self._buffer) < 8:
            return None
        (length,) = struct.unpack("<Q", self._buffer[:8])
        if length > self._largest:
            raise TooLargeError(f"more than {LARGEST // 2**20} MB")
        if len(self._buffer) < 8 + length:
            return None
        body = bytes(self._buffer[8 : 8 + length])
        del self._buffer[: 8 + length]
        # as Python objects, a message of brackets takes twenty times its size
        if self._largest < math.inf and sum(map(body.count, (b",", b"[", b"{"))) > MOST_PARTS:
            raise TooLargeError(f"more than {MOST_PARTS:,} values")
        try:
            return json.loads(body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def read(self) -> bool:
        """Read what is there, waiting for the first byte; False at the end of the file."""
        piece = os.read(self.file, 2**16)
        self._buffer += piece
        return bool(piece)


# ----------------------------------------------------------------------------------- encode
def encode(value: Any, hold: Callable[[Any], int], depth: int = 0) -> Any:
    """``value`` as something JSON can say. ``hold`` keeps what is not plain, and numbers it."""

    def inner(item: Any) -> Any:
        return encode(item, hold, depth + 1)

    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if value is Ellipsis:
        return {"t": "..."}
    if depth > DEEPEST:
        return _held(value, hold)
    if kind in (list, set, frozenset, range):
        return {"t": "list" if kind is range else kind.__name__, "items": [*map(inner, value)]}
    if isinstance(value, tuple):
        fields = [str(field) for field in getattr(value, "_fields", ())]
        return {"t": "tuple", "items": [*map(inner, value)], "fields": fields}
    if isinstance(value, Mapping):
        return {"t": "dict", "items": [[inner(k), inner(v)] for k, v in value.items()]}
    try:
        return (
            _array(value, inner)
            or _table(value, inner)
            or _record(value, inner)
            or _held(value, hold)
        )
    except (TypeError, ValueError, AttributeError, ImportError):
        return _held(value, hold)


def _array(value: Any, inner: Callable) -> dict | None:
    np = sys.modules.get("numpy")
    if np is None:
        return None
    if isinstance(value, np.generic | np.ndarray):
        array = np.asarray(value)
        if array.dtype.kind in PLAIN_KINDS:
            if array.nbytes > LARGEST:
                raise TooLargeError(f"an array of shape {array.shape}")
            data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
            scalar = isinstance(value, np.generic)
            shape = list(array.shape)
            return {"t": "array", "dtype": array.dtype.str, "shape": shape, "data": data} | (
                {"scalar": True} if scalar else {}
            )
        if array.dtype.kind == "O":
            items = [inner(item) for item in array.ravel().tolist()]
            return {"t": "objects", "shape": list(array.shape), "items": items}
        return _array(array.astype("float32"), inner)  # bfloat16 and the like
    if hasattr(value, "tocoo") and hasattr(value, "nnz"):
        coo = value.tocoo()
        return {"t": "sparse", "shape": list(coo.shape)} | {
            name: inner(getattr(coo, name)) for name in ("row", "col", "data")
        }
    tensor = any(hasattr(value, name) for name in ("numpy", "__array__"))
    if tensor and type(value).__module__.partition(".")[0] not in ("pandas", "__main__"):
        if hasattr(value, "detach"):
            value = value.detach()
        array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
        return _array(np.asarray(array), inner)
    return None


def _table(value: Any, inner: Callable) -> dict | None:
    pd = sys.modules.get("pandas")
    if pd is None:
        return None
    if isinstance(value, pd.Timestamp | pd.Timedelta):
        return inner(value.to_numpy())
    if isinstance(value, pd.MultiIndex):
        return {"t": "multiindex", "items": inner(list(value)), "names": inner(list(value.names))}
    if isinstance(value, pd.Index):
        return {"t": "index", "values": inner(value.to_numpy()), "name": inner(value.name)}
    if isinstance(value, pd.Series):
        parts = {"values": value.to_numpy(), "index": value.index, "name": value.name}
        return {"t": "series"} | {key: inner(part) for key, part in parts.items()}
    if isinstance(value, pd.DataFrame):
        columns = [inner(value.iloc[:, i].to_numpy()) for i in range(value.shape[1])]
        parts = {"index": inner(value.index), "names": inner(value.columns)}
        return {"t": "frame", "columns": columns} | parts
    if isinstance(value, pd.Categorical):
        return inner(value.to_numpy())
    return None


def _record(value: Any, inner: Callable) -> dict | None:
    """The course's own dataclasses: a Split, a Scores."""
    kind = type(value)
    if not (dataclasses.is_dataclass(value) and kind.__module__.startswith("course_utils.")):
        return None
    fields = {f.name: inner(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return {"t": "record", "class": [kind.__module__, kind.__name__], "fields": fields}


def _held(value: Any, hold: Callable[[Any], int]) -> dict:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"[:200]
    return {"t": "held", "n": hold(value), "type": name, "callable": callable(value)}


# ----------------------------------------------------------------------------------- decode
def decode(data: Any, remote: Callable[[dict], Any]) -> Any:
    """The inverse of :func:`encode`. ``remote`` makes a stand-in for what was held back.

    Raises:
        ValueError: ``data`` is not something that :func:`encode` writes.
    """
    try:
        return _decode(data, remote)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a value: {type(error).__name__}: {error}") from None


def _decode(data: Any, remote: Callable[[dict], Any]) -> Any:
    def inner(item: Any) -> Any:
        return _decode(item, remote)

    if not isinstance(data, dict):
        if isinstance(data, list):
            raise ValueError("a bare list")
        return data
    kind = data["t"]
    if kind == "...":
        return ...
    if kind == "held":
        return remote(data)
    if kind == "list":
        return [*map(inner, data["items"])]
    if kind in ("set", "frozenset"):
        members = _spread([*map(inner, data["items"])])
        return set(members) if kind == "set" else frozenset(members)
    if kind == "tuple":
        items = tuple(map(inner, data["items"]))
        if (names := data["fields"]) and len(names) < 100:
            return namedtuple("Answer", names, rename=True)(*items)
        return items
    if kind == "dict":
        keys = _spread([inner(key) for key, _ in data["items"]])
        return dict(zip(keys, (inner(value) for _, value in data["items"]), strict=True))
    if kind in ("array", "objects", "sparse"):
        return _decode_array(kind, data, inner)
    if kind == "record":
        module, name = data["class"]
        if not module.startswith("course_utils."):
            raise ValueError(f"a record of {module}")
        record = object.__new__(_dataclass(module, name))
        for key, value in data["fields"].items():
            object.__setattr__(record, key, inner(value))
        return record
    return _decode_table(kind, data, inner)


def _spread(members: list) -> list:
    """Members of a set, unless they were chosen to collide: adding those takes hours."""
    if any(type(member) is int and abs(member) >= 2**63 for member in members):
        raise ValueError("a number of more than 64 bits as a key")
    if max(Counter(map(hash, members)).values(), default=0) > MOST_ALIKE:
        raise ValueError("keys that collide")
    return members


def _shape(shape: Any) -> tuple[int, ...]:
    """A shape of an array that may be made; an empty one can be as costly as a full one."""
    shape = tuple(shape)
    if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 32:
        raise ValueError(f"a shape {shape}"[:100])
    if math.prod(max(n, 1) for n in shape) > LARGEST:
        raise ValueError(f"an array of shape {shape}"[:100])
    return shape


def _dataclass(module: str, name: str) -> type:
    # a check that expects such a record has imported it; nobody else decides what is imported here
    found = getattr(sys.modules.get(module), name)
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise ValueError(f"{name} is no dataclass")
    return found


def _decode_array(kind: str, data: dict, inner: Callable) -> Any:
    import numpy as np

    if kind == "sparse":
        from scipy import sparse

        shape = _shape(data["shape"])  # checks make it dense
        parts = (inner(data["data"]), (inner(data["row"]), inner(data["col"])))
        return sparse.csr_matrix(parts, shape=shape)
    if kind == "objects":
        array = np.empty(len(data["items"]), dtype=object)
        for place, item in enumerate(data["items"]):
            array[place] = inner(item)
        return array.reshape(_shape(data["shape"]))
    dtype, shape = np.dtype(data["dtype"]), _shape(data["shape"])
    if dtype.kind not in PLAIN_KINDS or dtype.itemsize > MOST_BYTES_EACH:
        raise ValueError(f"an array of {dtype}")
    array = np.frombuffer(base64.b64decode(data["data"]), dtype).reshape(shape).copy()
    return array[()] if data.get("scalar") else array


def _decode_table(kind: str, data: dict, inner: Callable) -> Any:
    import pandas as pd

    if kind == "index":
        return pd.Index(inner(data["values"]), name=inner(data["name"]))
    if kind == "multiindex":
        return pd.MultiIndex.from_tuples(inner(data["items"]), names=inner(data["names"]))
    if kind == "series":
        return pd.Series(inner(data["values"]), inner(data["index"]), name=inner(data["name"]))
    if kind == "frame":
        columns = [pd.Series(inner(column)) for column in data["columns"]]
        index = inner(data["index"])
        table = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(len(index)))
        table.index, table.columns = index, inner(data["names"])
        return table
    raise ValueError(f"a {kind}")
