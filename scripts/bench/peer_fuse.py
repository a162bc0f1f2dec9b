"""One run of a graph simplifier on one model: prints the node count (bodies counted in) and what it took, as JSON."""

import contextlib
import io
import json
import sys
import time

tool, source, target = sys.argv[1], sys.argv[2], sys.argv[3]
started = time.perf_counter()
import onnx  # noqa: E402

with contextlib.redirect_stdout(io.StringIO()):
    if tool == "onnxsim":
        import onnxsim
    elif tool == "onnxslim":
        import onnxslim
    elif tool == "onnxscript":
        import onnxscript.optimizer
imported = time.perf_counter()


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


answer = {"startup": imported - started}
try:
    with contextlib.redirect_stdout(io.StringIO()):
        begin = time.perf_counter()
        model = onnx.load(source)
        result = simplified(model)
        onnx.save(result, target)
        answer["seconds"] = time.perf_counter() - begin
    answer["nodes"] = count(result.graph)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    onnxruntime.InferenceSession(target, options, providers=["CPUExecutionProvider"])
except Exception as error:  # noqa: BLE001: whatever a tool fails with is its result
    answer["failure"] = " ".join(str(error).split())[:200]
print(json.dumps(answer))
