"""Runs one tool on one model: reads the job as JSON from stdin, prints seconds, notes and why it failed.

The time begins after the tool's own modules are imported. Quantizers get the model as serves them best: brought to
opset 17 where it is older, before which scales for every channel cannot be said, and through the tool's own preparation.
"""

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import time
import warnings

import numpy
import onnx

OPSET = 17
job = json.load(sys.stdin)
notes = []
logging.disable(logging.WARNING)
warnings.simplefilter("ignore")


class RawSamples:
    """The samples that the job names, as every calibrator of onnxruntime takes them."""

    def __init__(self):
        samples = job["samples"]
        self.count = samples["count"]
        self.arrays = {
            one["name"]: numpy.fromfile(one["file"], dtype=one["dtype"]).reshape([self.count, *one["dims"]])
            for one in samples["inputs"]
        }
        self.index = 0

    def get_next(self):
        if self.index == self.count:
            return None
        self.index += 1
        return {name: array[self.index - 1] for name, array in self.arrays.items()}

    def rewind(self):
        self.index = 0


def upgraded(path, folder):
    model = onnx.load(path)
    opset = next(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    if opset >= OPSET:
        return path
    from onnx import version_converter

    target = os.path.join(folder, "upgraded.onnx")
    onnx.save(version_converter.convert_version(model, OPSET), target)
    notes.append(f"upgraded from opset {opset}")
    return target


def pre_processed(path, folder):
    from onnxruntime.quantization.shape_inference import quant_pre_process

    target = os.path.join(folder, "prepared.onnx")
    for skip_symbolic_shape in (False, True):
        try:
            quant_pre_process(path, target, skip_symbolic_shape=skip_symbolic_shape)
            return target
        except Exception:  # whatever its parts raise: the tool gives no class for it
            continue
    notes.append("its own preparation failed")
    return path


def static(method):
    from onnxruntime import quantization

    def run(folder):
        quantization.quantize_static(
            pre_processed(upgraded(job["model"], folder), folder),
            job["output"],
            RawSamples(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=getattr(quantization.CalibrationMethod, method),
        )

    return run


def dynamic():
    from onnxruntime import quantization

    def run(folder):
        quantization.quantize_dynamic(
            pre_processed(upgraded(job["model"], folder), folder),
            job["output"],
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
        )

    return run


def half():
    from onnxconverter_common import float16

    return lambda folder: onnx.save(
        float16.convert_float_to_float16(onnx.load(job["model"]), keep_io_types=True), job["output"]
    )


def onnxsim():
    import onnxsim as tool

    def run(folder):
        model, good = tool.simplify(onnx.load(job["model"]))
        if not good:
            raise RuntimeError("its own check of the outputs failed")
        onnx.save(model, job["output"])

    return run


def onnxslim():
    import onnxslim as tool

    return lambda folder: onnx.save(tool.slim(onnx.load(job["model"])), job["output"])


def onnxscript():
    import onnxscript.optimizer as tool

    return lambda folder: onnx.save(tool.optimize(onnx.load(job["model"])), job["output"])


def neural_compressor(approach):
    from neural_compressor import PostTrainingQuantConfig, quantization

    class Loader:
        """What it takes is a pair: inputs in the model's order, and a label that nothing asks for."""

        batch_size = 1

        def __iter__(self):
            samples = RawSamples()
            for one in iter(samples.get_next, None):
                values = list(one.values())
                yield (values[0] if len(values) == 1 else tuple(values)), 0

    def run(folder):
        config = PostTrainingQuantConfig(approach=approach, quant_format="QDQ" if approach == "static" else "default")
        fitted = quantization.fit(upgraded(job["model"], folder), config, calib_dataloader=Loader())
        if fitted is None:
            raise RuntimeError("it gave no model back")
        fitted.save(job["output"])

    return run


tools = {
    "onnxruntime static, min-max": lambda: static("MinMax"),
    "onnxruntime static, entropy": lambda: static("Entropy"),
    "onnxruntime static, percentile": lambda: static("Percentile"),
    "onnxruntime static, distribution": lambda: static("Distribution"),
    "onnxruntime dynamic": dynamic,
    "onnxconverter-common fp16": half,
    "onnxsim": onnxsim,
    "OnnxSlim": onnxslim,
    "onnxscript": onnxscript,
    "Neural Compressor static": lambda: neural_compressor("static"),
    "Neural Compressor dynamic": lambda: neural_compressor("dynamic"),
}
answer = {"notes": notes}
begin = time.perf_counter()
try:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        tempfile.TemporaryDirectory() as place,
    ):
        run = tools[job["tool"]]()
        begin = time.perf_counter()
        run(place)
except BaseException as error:  # whatever a tool fails with is its result
    answer["failure"] = f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
answer["seconds"] = time.perf_counter() - begin
print(json.dumps(answer))
