"""Quantizes one model with onnxruntime.quantization, with the settings that serve it best.

Reads a job as JSON from stdin, writes the artifact, and prints what was done as JSON. Samples are raw files, one an
input, all samples behind each other: both tools see the same numbers.
"""

import json
import logging
import os
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

OPSET = 17


class RawSamples(quantization.CalibrationDataReader):
    """Yields the samples that the job names, in their order."""

    def __init__(self, samples):
        self.count = samples["count"]
        self.arrays = {
            one["name"]: numpy.fromfile(one["file"], dtype=one["dtype"]).reshape([self.count, *one["dims"]])
            for one in samples["inputs"]
        }
        self.rewind()

    def get_next(self):
        if self.index == self.count:
            return None
        feeds = {name: array[self.index] for name, array in self.arrays.items()}
        self.index += 1
        return feeds

    def rewind(self):
        self.index = 0


def upgraded(path, folder, notes):
    """The model at opset 17, before which scales for every channel cannot be said."""
    model = onnx.load(path)
    opset = next(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    if opset >= OPSET:
        return path
    target = os.path.join(folder, "upgraded.onnx")
    onnx.save(onnx.version_converter.convert_version(model, OPSET), target)
    notes.append(f"opset {opset} to {OPSET}")
    return target


def pre_processed(path, folder, notes):
    """The tool's own preparation; where its symbolic shapes fail, without them, and where that fails too, not at all."""
    target = os.path.join(folder, "prepared.onnx")
    for skip_symbolic_shape in (False, True):
        try:
            quant_pre_process(path, target, skip_symbolic_shape=skip_symbolic_shape)
        except Exception as error:  # whatever its parts raise: the tool gives no class for it
            notes.append(f"pre-processing failed: {str(error).splitlines()[0][:100] if str(error) else type(error).__name__}")
            continue
        notes.append("pre-processed" + (" without symbolic shapes" if skip_symbolic_shape else ""))
        return target
    return path


def main():
    job = json.load(sys.stdin)
    notes = []
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        model = pre_processed(upgraded(job["model"], folder, notes), folder, notes)
        if job["mode"] == "static":
            quantization.quantize_static(
                model,
                job["output"],
                RawSamples(job["samples"]),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                calibrate_method=quantization.CalibrationMethod.MinMax,
            )
        else:
            quantization.quantize_dynamic(
                model, job["output"], per_channel=True, weight_type=quantization.QuantType.QInt8
            )
    print(json.dumps({"version": onnxruntime.__version__, "notes": notes}))


if __name__ == "__main__":
    main()
