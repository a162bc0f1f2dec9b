/**
 * The runtime's Linux builds report to Microsoft from version 1.29 on, unless this variable is set: names and
 * hashes of models among other things. Nobody who optimizes a model has agreed to that, so it is off; whoever
 * sets the variable decides for themselves. Import this before onnxruntime-node, wherever that is loaded.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

export {};
