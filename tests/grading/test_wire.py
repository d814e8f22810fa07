"""What students' code sends: values come back as they were, and nothing else gets in."""

import dataclasses
import os
from collections import Counter, namedtuple

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from course_tools.grading import wire as wire
from tests.conftest import hand_split


def held(value):
    raise AssertionError(f"{value!r} was held back")


def there_and_back(value):
    import json

    return wire.decode(json.loads(json.dumps(wire.encode(value, held))), held)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        2.5,
        "ü",
        ...,
        [1, [2.0, "x"]],
        (1, (2,)),
        {"a": 1, 2: [None]},
        {1, 2},
        frozenset("ab"),
        float("inf"),
    ],
    ids=repr,
)
def test_plain_values_come_back(value):
    back = there_and_back(value)
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.float32([1.5, np.nan]),
        np.array(["a", "bc"]),
        np.array([True]),
        np.array(["2021-01-01"], dtype="datetime64[ns]"),
        np.zeros((0, 3)),
        np.arange(6).reshape(2, 3).T,
        np.float64(3.5),
        np.int8(4),
    ],
    ids=repr,
)
def test_arrays_come_back_with_shape_and_dtype(array):
    back = there_and_back(array)
    np.testing.assert_array_equal(back, array)
    assert (back.dtype, np.shape(back)) == (array.dtype, np.shape(array))


def test_tables_and_sparse_matrices_come_back():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=pd.Index([5, 7], name="id"))
    pd.testing.assert_frame_equal(there_and_back(frame), frame)
    pd.testing.assert_series_equal(there_and_back(frame["a"]), frame["a"])
    counts = pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    pd.testing.assert_series_equal(there_and_back(counts), counts)
    matrix = sparse.csr_matrix(np.diag([1.0, 0.0, 2.0]))
    np.testing.assert_array_equal(there_and_back(matrix).toarray(), matrix.toarray())
    assert there_and_back(Counter("aab")) == {"a": 2, "b": 1}


def test_tensors_become_arrays():
    import keras

    back = there_and_back(keras.ops.convert_to_tensor([1.0, 2.0]))
    np.testing.assert_array_equal(back, np.float32([1, 2]))


def test_named_tuples_keep_their_fields_and_the_courses_records_their_class():
    Point = namedtuple("Point", "x y")
    assert there_and_back(Point(1, 2)).y == 2
    split = hand_split([(0, 0, 4), (1, 1, 3)])
    back = there_and_back(split)
    assert type(back) is type(split)
    for field in dataclasses.fields(split):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(split, field.name))


def test_what_is_not_plain_is_held_back_by_number():
    kept = []

    def hold(value):
        kept.append(value)
        return len(kept) - 1

    data = wire.encode([len, object()], hold)
    assert kept[0] is len
    assert [item["callable"] for item in data["items"]] == [True, False]
    loop = []
    loop.append(loop)
    assert wire.encode(loop, hold)  # ends


@pytest.mark.parametrize(
    "data",
    [
        {"t": "array", "dtype": "O", "shape": [1], "data": "AAAAAAAAAAA="},
        {"t": "array", "dtype": "<f8", "shape": [10**12], "data": ""},
        {"t": "array", "dtype": "<f8", "shape": [-1], "data": "A"},
        {"t": "sparse", "shape": [10**6, 10**6], "row": None, "col": None, "data": None},
        {"t": "record", "class": ["os", "system"], "fields": {}},
        {"t": "record", "class": ["course_utils.checks", "check"], "fields": {}},
        {"t": "dict", "items": [[{"t": "list", "items": []}, 1]]},
        {"t": "array", "dtype": "<f8", "shape": [3 * 10**8, 0], "data": ""},
        {"t": "array", "dtype": "<U90000000", "shape": [0], "data": ""},
        {"t": "array", "dtype": "<f8", "shape": [1] * 40, "data": "AAAAAAAAAAA="},
        {"t": "objects", "shape": [3 * 10**8, 0], "items": []},
        {"t": "sparse", "shape": [3 * 10**8, 0], "row": None, "col": None, "data": None},
        {"t": "set", "items": [k * (2**61 - 1) for k in range(10**4)]},
        {"t": "dict", "items": [[k * (2**61 - 1), 0] for k in range(10**4)]},
        {"t": "nonsense"},
        {"t": []},
        {},
        [1],
    ],
    ids=lambda data: str(data)[:60],
)
def test_forged_values_are_refused(data):
    with pytest.raises(ValueError, match="not a value"):
        wire.decode(data, held)


def test_a_forged_message_is_refused_before_it_is_read():
    ours, theirs = os.pipe()
    os.write(theirs, (2**40).to_bytes(8, "little") + b"[1")
    reader = wire.Reader(ours, wire.LARGEST)
    assert reader.message() is None and reader.read()
    with pytest.raises(wire.TooLargeError):
        reader.message()
    os.write(theirs, b"x")
    nested = wire.Reader(ours, wire.LARGEST)
    body = b"[" * 10**5
    os.read(ours, 1)
    os.write(theirs, len(body).to_bytes(8, "little") + body[:60_000])
    nested.read()
    os.write(theirs, body[60_000:])
    nested.read()
    with pytest.raises(ValueError, match=r"nested too deeply|Expecting"):
        nested.message()
    os.close(ours)
    os.close(theirs)


def test_a_message_of_many_small_values_is_refused_before_it_is_decoded():
    ours, theirs = os.pipe()
    reader = wire.Reader(ours, wire.LARGEST)
    body = b"[" + b"[]," * 10**6 + b"0]"
    reader._buffer += len(body).to_bytes(8, "little") + body
    with pytest.raises(wire.TooLargeError, match="values"):
        reader.message()
    os.close(ours)
    os.close(theirs)
