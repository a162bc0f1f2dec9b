"""Runs one tool on one model: reads the job as JSON from stdin, prints seconds, peak memory and why it failed."""

import contextlib
import io
import json
import logging
import resource
import sys
import time
import warnings

import numpy

job = json.load(sys.stdin)
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


def static(method):
    from onnxruntime import quantization

    quantization.quantize_static(
        job["model"],
        job["output"],
        RawSamples(),
        quant_format=quantization.QuantFormat.QDQ,
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        calibrate_method=getattr(quantization.CalibrationMethod, method),
    )


def dynamic():
    from onnxruntime import quantization

    quantization.quantize_dynamic(
        job["model"], job["output"], per_channel=True, weight_type=quantization.QuantType.QInt8
    )


def half():
    import onnx
    from onnxconverter_common import float16

    onnx.save(float16.convert_float_to_float16(onnx.load(job["model"]), keep_io_types=True), job["output"])


def onnxsim():
    import onnx
    import onnxsim as tool

    model, good = tool.simplify(onnx.load(job["model"]))
    if not good:
        raise RuntimeError("its own check of the outputs failed")
    onnx.save(model, job["output"])


def onnxslim():
    import onnx
    import onnxslim as tool

    onnx.save(tool.slim(onnx.load(job["model"])), job["output"])


def onnxscript():
    import onnx
    import onnxscript.optimizer

    onnx.save(onnxscript.optimizer.optimize(onnx.load(job["model"])), job["output"])


def neural_compressor():
    import onnx
    from neural_compressor import PostTrainingQuantConfig, quantization

    samples = RawSamples()
    loader = iter(lambda: samples.get_next(), None)
    feeds = [(list(one.values())[0], 0) for one in loader]

    class Loader:
        batch_size = 1

        def __iter__(self):
            return iter(feeds)

    fitted = quantization.fit(onnx.load(job["model"]), PostTrainingQuantConfig(), calib_dataloader=Loader())
    fitted.save(job["output"])


tools = {
    "onnxruntime static, min-max": lambda: static("MinMax"),
    "onnxruntime static, entropy": lambda: static("Entropy"),
    "onnxruntime static, percentile": lambda: static("Percentile"),
    "onnxruntime static, distribution": lambda: static("Distribution"),
    "onnxruntime dynamic": dynamic,
    "onnxconverter-common float16": half,
    "onnxsim": onnxsim,
    "onnxslim": onnxslim,
    "onnxscript": onnxscript,
    "neural-compressor": neural_compressor,
}
answer = {}
begin = time.perf_counter()
try:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        tools[job["tool"]]()
except BaseException as error:  # noqa: BLE001: whatever a tool fails with is its result
    answer["failure"] = f"{type(error).__name__}: {' '.join(str(error).split())}"[:160]
answer["seconds"] = time.perf_counter() - begin
answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(answer))
