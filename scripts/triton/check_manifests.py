"""Checks manifests against published schemas: those of Kubernetes as the package kubernetes-validate carries them, and
KServe's InferenceService against the models that KServe's own Python package is generated with. Reads a list of files
on stdin as JSON, writes findings as JSON on stdout."""

import importlib
import importlib.util
import json
import re
import sys
import types

import kubernetes.client.models as kubernetes_models
import kubernetes_validate
import yaml

# The package's own start needs a server's worth of dependencies; its models need nothing.
kserve = types.ModuleType("kserve")
kserve.__path__ = importlib.util.find_spec("kserve").submodule_search_locations
sys.modules["kserve"] = kserve
models = types.ModuleType("kserve.models")
models.__path__ = [f"{kserve.__path__[0]}/models"]
sys.modules["kserve.models"] = models
SCALARS = {"str": str, "int": int, "bool": bool, "float": (int, float)}


def class_of(name):
    """The generated class of that name: KServe's, or one of Kubernetes that it uses."""
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    if importlib.util.find_spec(f"kserve.models.{module}") is not None:
        return getattr(importlib.import_module(f"kserve.models.{module}"), name)
    return getattr(kubernetes_models, name, None)


def check(value, kind, path):
    """Findings about a value that should be of that type, in the words of the generated classes."""
    if match := re.fullmatch(r"list\[(.+)\]", kind):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [f for i, one in enumerate(value) for f in check(one, match[1], f"{path}[{i}]")]
    if match := re.fullmatch(r"dict\(str, (.+)\)", kind):
        return [f for key, one in value.items() for f in check(one, match[1], f"{path}.{key}")]
    if kind in SCALARS:
        return [] if isinstance(value, SCALARS[kind]) else [f"{path} is no {kind}"]
    found = class_of(kind)
    # Quantities are texts or numbers; "object" says nothing.
    if found is None or not hasattr(found, "openapi_types"):
        return []
    if not isinstance(value, dict):
        return [f"{path} is no {kind}"]
    names = {json_name: attribute for attribute, json_name in found.attribute_map.items()}
    findings = [f"{path}.{key}: {kind} has no such field" for key in value if key not in names]
    for key, one in value.items():
        if key in names:
            findings += check(one, found.openapi_types[names[key]], f"{path}.{key}")
    return findings


def validate(document):
    if document["apiVersion"].startswith("serving.kserve.io/"):
        return check(document, "V1beta1InferenceService", "InferenceService")
    try:
        kubernetes_validate.validate(document, "1.33", strict=True)
        return []
    except kubernetes_validate.ValidationError as error:
        return [f"{document['kind']}: {'.'.join(map(str, error.path))}: {error.message}"]


# A wrong one of each kind, which has to be caught.
WRONG = {
    "Job": (("spec", "completions"), "four"),
    "Deployment": (("spec", "replicas"), "one"),
    "Service": (("spec", "ports"), {}),
    "InferenceService": (("spec", "predictor", "model", "storageURI"), "pvc://x"),
}
results = []
for file in json.load(sys.stdin):
    with open(file, encoding="utf8") as stream:
        for document in yaml.safe_load_all(stream):
            keys, value = WRONG[document["kind"]]
            mutant = json.loads(json.dumps(document))
            inner = mutant
            for key in keys[:-1]:
                inner = inner[key]
            inner[keys[-1]] = value
            results.append(
                {"file": file, "kind": document["kind"], "findings": validate(document), "caught": validate(mutant) != []}
            )
json.dump(results, sys.stdout)
