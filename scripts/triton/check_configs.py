"""Checks model repositories against the schema that Triton publishes (tritonclient's model_config_pb2) and against
the models themselves, read with `onnx`. Reads {"repositories": [...]} on stdin, writes findings as JSON on stdout."""

import json
import os
import sys

import onnx
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2 as schema

# Types that Triton and ONNX call differently.
TYPES = {
    "FLOAT": "FP32", "DOUBLE": "FP64", "FLOAT16": "FP16", "BFLOAT16": "BF16", "BOOL": "BOOL", "STRING": "STRING",
    "INT8": "INT8", "INT16": "INT16", "INT32": "INT32", "INT64": "INT64",
    "UINT8": "UINT8", "UINT16": "UINT16", "UINT32": "UINT32", "UINT64": "UINT64",
}


def declared(value):
    """Type and dims of a graph input or output; None for an open length, dims None for an unknown rank."""
    tensor = value.type.tensor_type
    name = onnx.TensorProto.DataType.Name(tensor.elem_type)
    if not tensor.HasField("shape"):
        return TYPES[name], None
    return TYPES[name], [d.dim_value if d.HasField("dim_value") and d.dim_value >= 0 else None for d in tensor.shape.dim]


def served(config, tensor):
    """Type and full dims of a tensor as a client has to send it and the backend gets it."""
    dims = list(tensor.reshape.shape) if tensor.HasField("reshape") else list(tensor.dims)
    batch = [-1] if config.max_batch_size > 0 else []
    return schema.DataType.Name(tensor.data_type).removeprefix("TYPE_"), batch + dims


def compare(config, model):
    findings = []
    initializers = {i.name for i in model.graph.initializer}
    state = config.sequence_batching.state if config.HasField("sequence_batching") else []
    for role, configured, values, carried in (
        ("input", config.input, [v for v in model.graph.input if v.name not in initializers], {s.input_name for s in state}),
        ("output", config.output, list(model.graph.output), {s.output_name for s in state}),
    ):
        by_name = {t.name: t for t in configured}
        for value in values:
            if value.name in carried:
                continue
            tensor = by_name.pop(value.name, None)
            if tensor is None:
                findings.append(f"{role} {value.name} is missing")
                continue
            if not tensor.dims:
                findings.append(f"{role} {value.name} has no dims")
            kind, dims = served(config, tensor)
            wanted_kind, wanted = declared(value)
            if kind != wanted_kind:
                findings.append(f"{role} {value.name} is {kind}, the model has {wanted_kind}")
            if wanted is None:
                continue
            if len(dims) != len(wanted):
                findings.append(f"{role} {value.name} has dims {dims}, the model {wanted}")
            elif any(w is not None and d != w for d, w in zip(dims, wanted)):
                findings.append(f"{role} {value.name} has dims {dims}, the model {wanted}")
        findings += [f"{role} {name} is not in the model" for name in by_name]
    return findings


def rules(config, folder):
    """What the server refuses beyond the schema."""
    findings = []
    if config.name != os.path.basename(folder):
        findings.append(f"the name {config.name} is not that of the folder")
    if config.HasField("dynamic_batching") and config.max_batch_size == 0:
        findings.append("dynamic batching without batches")
    for size in config.dynamic_batching.preferred_batch_size:
        if size > config.max_batch_size:
            findings.append(f"preferred batch {size} above {config.max_batch_size}")
    for sample in config.model_warmup:
        if set(sample.inputs) != {t.name for t in config.input}:
            findings.append(f"warm-up {sample.name} has other inputs than the model")
        if sample.batch_size > max(1, config.max_batch_size):
            findings.append(f"warm-up {sample.name} has a batch of {sample.batch_size}")
        for tensor in config.input:
            sent = sample.inputs[tensor.name]
            if sent.data_type != tensor.data_type or len(sent.dims) != len(tensor.dims):
                findings.append(f"warm-up {sample.name}: {tensor.name} does not fit")
            if any(d < 1 or (w != -1 and d != w) for d, w in zip(sent.dims, tensor.dims)):
                findings.append(f"warm-up {sample.name}: {tensor.name} has dims {list(sent.dims)}")
    for tensor in config.output:
        if tensor.label_filename and not os.path.isfile(os.path.join(folder, tensor.label_filename)):
            findings.append(f"the labels {tensor.label_filename} are not there")
    versions = [v for v in os.listdir(folder) if v.isdigit() and not v.startswith("0")]
    if not versions:
        findings.append("there is no version folder")
    return findings, sorted(versions, key=int)


def mutants(config):
    """The same configuration with one mistake each: all of them must be found."""
    for role in ("input", "output"):
        for index in range(len(getattr(config, role))):
            wrong = schema.ModelConfig()
            wrong.CopyFrom(config)
            tensor = getattr(wrong, role)[index]
            tensor.data_type = schema.TYPE_INT8 if tensor.data_type != schema.TYPE_INT8 else schema.TYPE_FP32
            yield f"type of {role} {index}", wrong
            wrong = schema.ModelConfig()
            wrong.CopyFrom(config)
            tensor = getattr(wrong, role)[index]
            if tensor.HasField("reshape"):
                tensor.ClearField("reshape")
            else:
                tensor.dims.append(3)
            yield f"dims of {role} {index}", wrong


def check(repository):
    results = []
    for name in sorted(os.listdir(repository)):
        folder = os.path.join(repository, name)
        with open(os.path.join(folder, "config.pbtxt"), encoding="utf-8") as file:
            text = file.read()
        result = {"model": name, "findings": [], "mutants": 0, "survivors": []}
        results.append(result)
        try:
            config = text_format.Parse(text, schema.ModelConfig())
        except text_format.ParseError as error:
            result["findings"].append(f"not the schema: {error}")
            continue
        found, versions = rules(config, folder)
        result["findings"] += found
        for version in versions:
            path = os.path.join(folder, version, "model.onnx")
            if os.path.isdir(path):
                path = os.path.join(path, "model.onnx")
                # Throws where the data is not where the model says.
                onnx.load(path)
            if not os.path.isfile(path):
                continue
            model = onnx.load(path, load_external_data=False)
            result["findings"] += compare(config, model)
            for label, wrong in mutants(config):
                result["mutants"] += 1
                # An unknown rank in the model cannot contradict dims.
                if not compare(wrong, model):
                    result["survivors"].append(label)
    return results


def main():
    request = json.load(sys.stdin)
    json.dump([check(repository) for repository in request["repositories"]], sys.stdout)


main()
