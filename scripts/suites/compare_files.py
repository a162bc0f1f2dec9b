"""Says with the onnx package, which shares nothing with this project, what ONNX files hold.

compare: reads pairs of paths as JSON on stdin, writes [{same, detail}] on stdout
history: writes {operator: [versions]} of the standard's own domain
"""

import json
import os
import sys

import onnx
from google.protobuf.message import DecodeError


def load(path):
    message = onnx.ModelProto()
    with open(path, "rb") as file:
        message.ParseFromString(file.read())
    return message


def difference(a, b, path=""):
    """The first field in which two messages differ, or None."""
    if type(a) is not type(b):
        return f"{path}: {type(a).__name__} and {type(b).__name__}"
    if not hasattr(a, "ListFields"):
        return None if a == b or (a != a and b != b) else f"{path}: {str(a)[:60]} and {str(b)[:60]}"
    fields = {}
    for side, message in enumerate((a, b)):
        for field, value in message.ListFields():
            fields.setdefault(field.name, [None, None])[side] = value
    for name, (left, right) in fields.items():
        where = f"{path}.{name}"
        if left is None or right is None:
            return f"{where}: only in the {'second' if left is None else 'first'}"
        if hasattr(left, "__len__") and not isinstance(left, (str, bytes)) and not hasattr(left, "ListFields"):
            if len(left) != len(right):
                return f"{where}: {len(left)} and {len(right)} elements"
            for index, (x, y) in enumerate(zip(left, right)):
                found = difference(x, y, f"{where}[{index}]")
                if found:
                    return found
        else:
            found = difference(left, right, where)
            if found:
                return found
    return None


def compare(original, rewritten):
    try:
        first = load(original)
    except DecodeError:
        return {"same": False, "detail": "onnx cannot read the original"}
    if not os.path.exists(rewritten):
        return {"same": False, "detail": "not rewritten"}
    try:
        second = load(rewritten)
    except DecodeError:
        return {"same": False, "detail": "onnx cannot read the rewritten file"}
    # Deterministic bytes hold the fields that this version of onnx does not know as well.
    if first.SerializeToString(deterministic=True) == second.SerializeToString(deterministic=True):
        return {"same": True, "detail": "equal"}
    found = difference(first, second)
    return {"same": False, "detail": found or "fields that onnx does not know differ"}


def history():
    versions = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "":
            versions.setdefault(schema.name, set()).add(schema.since_version)
    return {name: sorted(versions[name]) for name in sorted(versions)}


if sys.argv[1] == "compare":
    json.dump([compare(*pair) for pair in json.load(sys.stdin)], sys.stdout)
else:
    json.dump(history(), sys.stdout)
