import { InferOptError } from '../../errors.js';
import type { Message } from './text-format.js';

/** An execution provider that Triton's onnxruntime backend can put in front of the default one. */
export interface Accelerator {
  readonly name: string;
  readonly summary: string;
  readonly kind: 'cpu' | 'gpu';
  /** Parameters that are written unless told otherwise. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** In the order of the help. */
export const accelerators: readonly Accelerator[] = [
  {
    name: 'tensorrt',
    summary: 'parts of the graph as TensorRT engines on a GPU, built at the first load and cached',
    kind: 'gpu',
    parameters: {
      precision_mode: 'FP16',
      trt_engine_cache_enable: 'true',
      trt_engine_cache_path: '/tmp/trt-engines',
    },
  },
  {
    name: 'openvino',
    summary: "Intel's kernels on a CPU",
    kind: 'cpu',
    parameters: {},
  },
];

/** An accelerator as it was asked for: `tensorrt` or `tensorrt:precision_mode=FP32,...`. */
export interface ChosenAccelerator {
  readonly accelerator: Accelerator;
  readonly parameters: Readonly<Record<string, string>>;
}

/** @throws InferOptError `usage` for an unknown name or a setting without `=` */
export function parseAccelerator(text: string): ChosenAccelerator {
  const [name = '', ...rest] = text.split(':');
  const accelerator = accelerators.find((one) => one.name === name);
  if (accelerator === undefined) {
    throw new InferOptError('usage', `no accelerator is called ${name}`, {
      hint: `there are ${accelerators.map((one) => one.name).join(', ')}`,
    });
  }
  const parameters: Record<string, string> = { ...accelerator.parameters };
  for (const setting of rest
    .join(':')
    .split(',')
    .filter((part) => part !== '')) {
    const at = setting.indexOf('=');
    if (at < 1) throw new InferOptError('usage', `accelerator ${name}: ${setting} is no KEY=VALUE`);
    parameters[setting.slice(0, at)] = setting.slice(at + 1);
  }
  return { accelerator, parameters };
}

/** The optimization block that turns them on. */
export function acceleration(chosen: readonly ChosenAccelerator[]): Message | undefined {
  if (chosen.length === 0) return undefined;
  const of = (kind: 'cpu' | 'gpu'): Message[] | undefined => {
    const entries = chosen.filter(({ accelerator }) => accelerator.kind === kind);
    if (entries.length === 0) return undefined;
    return entries.map(({ accelerator, parameters }) => ({
      name: accelerator.name,
      parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
    }));
  };
  return {
    execution_accelerators: { gpu_execution_accelerator: of('gpu'), cpu_execution_accelerator: of('cpu') },
  };
}
