"""What an exception in an answer usually means, and what to do about it."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from course_utils.checks.comparison import what

# (the error's name, a part of its text, what the mistake is called, the hint)
KNOWN = [
    ("ValueError", r"broadcast|operands|shape mismatch|Lengths? must match|not aligned|mismatch in|"
     r"same length",
     "shapes", "Two arrays of different shape meet. Print the .shape of both: is one of them a "
     "count of users and the other of ratings? An index (bias[users]) or [:, None] fits them."),
    ("ValueError", r"identically-labeled",
     "compared row by row", "== compares two columns row by row. To ask which values occur in "
     "another column, use .isin()."),
    ("ValueError|TypeError", r"inhomogeneous|setting an array element with a sequence",
     "ragged", "Rows of different length do not make one array. Look at the length of each."),
    ("ValueError", r"truth value",
     "truth value", "`if`, `and`, `or` and `not` want one True or False. For whole arrays write "
     "&, | and ~ with brackets around each comparison, or np.where."),
    ("TypeError", r"ufunc '(invert|bitwise_\w+)'|unsupported operand type\(s\) for [&|]|"
     r"bad operand type for unary ~|Cannot perform '\w+_' with|operator '[&|]'",
     "brackets", "&, | and ~ bind more strongly than == and >=, and want True and False on both "
     "sides. Put brackets around each comparison."),
    ("TypeError", r"numpy boolean (negative|subtract)",
     "minus for not", "True and False have no minus. The opposite of a mask is ~mask."),
    ("TypeError", r"'builtin_function_or_method'|'(function|method)' (and|object)|of type "
     r"'(function|method)'",
     "not called", "A function stands where its result belongs: its brackets () are missing."),
    ("TypeError", r"'?(list|tuple|set|dict)'? (and|object|indices)|for [-+*/]+=?: '(list|tuple)'|"
     r"unary -: '(list|tuple)'|not supported between instances of '(list|tuple|set)'",
     "list as array", "A list does no arithmetic and takes no arrays as an index. Put np.asarray() "
     "around it."),
    ("TypeError|AttributeError", r"NoneType",
     "nothing in between", "A step in between returns nothing. list.sort(), append() and "
     "inplace=True return None: use what they changed, not what they return."),
    ("AttributeError", r"'numpy\.\w+' object has no attribute '(numpy|assign|cpu)'",
     "array as tensor", "You were given a NumPy array, and treat it as a tensor: it has no "
     ".numpy(). Use it as it is."),
    ("AttributeError", r"(Tensor|Variable)\w*'? object has no attribute",
     "tensor as array", "That is a tensor, not a NumPy array. Call keras.ops.convert_to_numpy() "
     "on it first, or use keras.ops."),
    ("AttributeError", r"'numpy\.\w+' object has no attribute",
     "array as series", "You were given a NumPy array, which has no pandas methods. Wrap it: "
     "pd.Series(values), or use the function in np."),
    ("AttributeError", r"'(Series|DataFrame|Index)\w*' object has no attribute",
     "no such column", "A table has no such column or method. Look at its .columns."),
    ("IndexError", r"out.of.bounds|out of range",
     "index too large", "An index points past the end. Places count from 0, so n values end at "
     "n − 1; and an id is not a place."),
    ("IndexError", r"too many indices|only integers|arrays used as indices|boolean index",
     "index of another shape", "What stands in the square brackets does not fit: whole numbers, "
     "or as many True and False as there are places."),
    ("TypeError", r"only (0-dimensional|length-1|size-1) arrays can be converted",
     "one number at a time", "A function for one number (math.exp, float, int) got a whole array. "
     "Use the one in np, such as np.exp."),
    ("TypeError", r"only integer|integer scalar|cannot be interpreted as an integer|slice indices",
     "float as index", "An index or a number of places must be a whole number: // or int()."),
    ("KeyError", r"", "no such key", "There is no such key. A dict knows only the keys that "
     "occurred, and a Series looks up its labels, not its places."),
    ("NameError|UnboundLocalError", r"",
     "no such name", "A name is not known here. Is it spelled as above, and was the cell run that "
     "makes it?"),
    ("ZeroDivisionError", r"", "division by zero", "Something without any ratings is divided by "
     "its count, 0. Treat that case apart."),
    ("RecursionError", r"", "calls itself", "Your function calls itself without end. Is a helper "
     "named as the function is?"),
    ("ValueError", r"empty sequence|zero-size array|arg is an empty|iterable argument is empty",
     "nothing there", "Something is empty here, and has no largest or smallest. Treat that case "
     "apart."),
    ("ValueError", r"read-only", "read-only", "You write into what you were given. Copy it first."),
]  # fmt: skip

YIELDS = "your function yields, which makes a generator: collect in a list, and return that"


def hint_for(error: Exception) -> tuple[str, str]:
    """(name, hint) of what an exception usually means; two empty strings if it is not known."""
    for kinds, pattern, name, hint in KNOWN:
        if re.fullmatch(kinds, type(error).__name__) and re.search(pattern, str(error)):
            return name, hint
    return "", ""


def wrong_arguments(answer: Callable, reference: Callable, cases: Iterable[tuple]) -> str:
    """A sentence if ``answer`` cannot be called with the arguments of each case, else ""."""
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # a built-in function without a signature
        return ""
    for arguments in cases:
        try:
            signature.bind(*arguments)
        except TypeError:
            many = "1 argument" if len(arguments) == 1 else f"{len(arguments)} arguments"
            names = ", ".join(parameters(reference)[: len(arguments)])
            return (
                f"check calls your function with {many} ({names}), and yours takes "
                f"{signature}: keep the first line as it was"
            )
    return ""


def parameters(function: Callable) -> list[str]:
    """Names of the arguments that a function is called with."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]
    except (TypeError, ValueError):
        return []


def empty_helper(answer: Any, is_untouched: Callable[[Any], bool]) -> str:
    """The name of a function that ``answer`` calls and that is not written yet, or ""."""
    if not isinstance(answer, FunctionType):
        return ""
    for name in _names(answer.__code__):
        used = answer.__globals__.get(name)
        if isinstance(used, FunctionType) and is_untouched(used):
            return name
    return ""


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def returned_nothing(helper: str) -> str:
    """Why an answer returned None: the helper that is still empty, or a missing ``return``."""
    if helper:
        return f"it calls {helper}, which is not written yet: do that exercise first"
    return "your function returns nothing: end it with return"


def wrong_number(value: Any, expected: Any) -> str:
    """A sentence if ``expected`` is several things and ``value`` not as many, else ""."""
    if not isinstance(expected, tuple):
        return ""
    several = hasattr(value, "__len__") and not isinstance(value, str | Mapping)
    if several and len(value) == len(expected):
        return ""
    found = str(len(value)) if several else f"one, {what(value)}"
    return f"expected {len(expected)} results, got {found}: return them in this order, with commas"


def described(error: Exception) -> str:
    """An exception in one line, as a learner reads it below a cell."""
    text = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", " ".join(str(error).split()))
    return f"it stopped with {type(error).__name__}: {text[:200].rstrip('.')}"


def unreadable(value: Any, error: Exception) -> str:
    """An answer of a kind that an exercise cannot read."""
    return (
        f"what it returns could not be read: it is {what(value)} ({type(error).__name__}: {error})"
    )


def not_traceable(answer: Any, cases: Mapping[str, tuple]) -> str:
    """A sentence if Keras cannot take a gradient through ``answer``, else "".

    Keras calls a loss with tensors that have shapes and no values yet. An answer that lives in
    another process (a student's, while grading) is not asked.
    """
    if not inspect.isfunction(answer):
        return ""
    import keras

    try:
        values = [v for v in next(iter(cases.values())) if isinstance(v, np.ndarray)]
        symbols = [keras.Input(batch_shape=v.shape, dtype=str(v.dtype)) for v in values]
        keras.layers.Lambda(lambda given: answer(*given))(symbols)
    except Exception as error:
        return (
            f"the numbers are right, but Keras could not train with it ({type(error).__name__}): "
            "it takes gradients through keras.ops alone. Write ops.where, ops.square, ops.sum "
            "where you wrote np. or a method of an array"
        )
    return ""
