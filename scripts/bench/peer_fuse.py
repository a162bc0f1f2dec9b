"""
One run of a graph simplifier on one model: prints the node count (bodies counted in) as JSON, or what it failed with.
With the tool `check` it simplifies nothing and opens the model in onnxruntime.
"""

import contextlib
import io
import json
import sys

tool, source, target = sys.argv[1], sys.argv[2], sys.argv[3]
import onnx  # noqa: E402

with contextlib.redirect_stdout(io.StringIO()):
    if tool == "onnxsim":
        import onnxsim
    elif tool == "onnxslim":
        import onnxslim
    elif tool == "onnxscript":
        import onnxscript.optimizer

def simplified(model):
    if tool == "onnxsim":
        return onnxsim.simplify(model)[0]
    if tool == "onnxslim":
        return onnxslim.slim(model)
    return onnxscript.optimizer.optimize(model)


def count(graph):
    total = len(graph.node)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                total += count(attribute.g)
            total += sum(count(body) for body in attribute.graphs)
    return total


def check():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


answer = {}
try:
    if tool == "check":
        check()
    else:
        with contextlib.redirect_stdout(io.StringIO()):
            result = simplified(onnx.load(source))
            onnx.save(result, target)
        answer["nodes"] = count(result.graph)
except Exception as error:  # noqa: BLE001: whatever a tool fails with is its result
    answer["failure"] = " ".join(str(error).split())[:200]
print(json.dumps(answer))
