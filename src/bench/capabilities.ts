import type { Program } from '../compile/tensorrt/probe.js';
import type { Gpus } from '../runtime/gpus.js';
import type { Environment } from './environment.js';

/** Whether something works here, in words. */
export interface Capability {
  /** What it is about: "INT8 kernels". */
  readonly name: string;
  /** `limited`: works, with a restriction that `detail` names. `unknown`: the system does not tell. */
  readonly state: 'yes' | 'limited' | 'no' | 'unknown';
  readonly detail: string;
}

/** What the judgements below look at. */
export interface Facts {
  readonly environment: Environment;
  readonly gpus: Gpus;
  readonly trtexec: Program;
  /** Version of the optional package that decodes images, or null where it is absent or does not load. */
  readonly sharp: string | null;
}

type Judgement = (facts: Facts) => Capability;

const inference: Judgement = ({ environment }) => ({
  name: 'Inference',
  state: 'yes',
  detail: `onnxruntime ${environment.onnxruntime} on the CPU, ${threads(environment)}`,
});

function threads({ cpu }: Environment): string {
  const cores = `${String(cpu.cores)} ${cpu.cores === 1 ? 'core' : 'cores'}`;
  return cpu.quota !== null && cpu.quota < cpu.cores
    ? `${cores}, of which the container may use ${String(Number(cpu.quota.toFixed(2)))}`
    : cores;
}

/** Which instructions carry the integer kernels of the runtime's CPU library (MLAS). */
const integerKernels: Judgement = ({ environment: { cpu, os } }) => {
  const name = 'INT8 kernels';
  const { instructions } = cpu;
  if (instructions === null) {
    return {
      name,
      state: 'unknown',
      detail: 'this system does not tell its instruction sets: measure with bench',
    };
  }
  const has = (instruction: string): boolean => instructions.includes(instruction);
  if (os.arch === 'arm64') {
    if (has('i8mm')) return { name, state: 'yes', detail: 'I8MM: full speed' };
    if (has('asimddp')) return { name, state: 'yes', detail: 'NEON dot product: full speed' };
    return { name, state: 'limited', detail: 'NEON without dot product: little or no gain over FP32' };
  }
  const amx = has('amx_int8') ? ' (AMX-INT8 is there too)' : '';
  if (has('avx512_vnni')) return { name, state: 'yes', detail: `AVX512-VNNI: full speed${amx}` };
  if (has('avx_vnni')) return { name, state: 'yes', detail: 'AVX-VNNI: full speed' };
  if (has('avx512bw') || has('avx2')) {
    const width = has('avx512bw') ? 'AVX512' : 'AVX2';
    return {
      name,
      state: 'limited',
      detail: `${width} without VNNI: slower, and sums of two products can saturate at 16 bits: check the accuracy`,
    };
  }
  return { name, state: 'limited', detail: 'no AVX2: expect no gain over FP32' };
};

const halfPrecision: Judgement = ({ environment: { cpu, os } }) => {
  const name = 'FP16 on the CPU';
  if (os.arch === 'arm64' && cpu.instructions?.includes('asimdhp') === true) {
    return {
      name,
      state: 'yes',
      detail: 'half-precision arithmetic: smaller, and faster for some operators',
    };
  }
  return {
    name,
    state: 'limited',
    detail: 'half the size, but computed in FP32 behind conversions: not faster',
  };
};

const brainFloat: Judgement = () => ({
  name: 'BF16 on the CPU',
  state: 'no',
  detail: 'the runtime has no kernels for it: BF16 files are for other targets',
});

const gpu: Judgement = ({ gpus, environment }) => {
  const name = 'GPU';
  if (gpus.gpus.length === 0) return { name, state: 'no', detail: gpus.problem ?? 'none' };
  const list = gpus.gpus
    .map((one) => {
      const capability =
        one.compute_capability === null ? '' : `, compute capability ${one.compute_capability}`;
      return `${one.name}, ${(one.memory_bytes / 2 ** 30).toFixed(0)} GiB${capability}, driver ${one.driver}`;
    })
    .join('; ');
  const cuda = environment.providers.find((provider) => provider.name === 'cuda');
  if (cuda?.installed === true)
    return { name, state: 'yes', detail: `${list}; the runtime's CUDA libraries are installed` };
  return {
    name,
    state: 'limited',
    detail: `${list}; the runtime's CUDA libraries are not installed (see README, "GPU")`,
  };
};

const tensorRt: Judgement = ({ trtexec, gpus }) => {
  const name = 'TensorRT';
  if (trtexec.version === null) {
    const what = trtexec.problem ?? 'trtexec not found: no engine can be built here';
    return { name, state: 'no', detail: trtexec.hint === null ? what : `${what}; ${trtexec.hint}` };
  }
  const program = `trtexec of TensorRT ${trtexec.version}`;
  const [gpu] = gpus.gpus;
  if (gpu === undefined)
    return {
      name,
      state: 'limited',
      detail: `${program}, and no GPU to build engines on (${gpus.problem ?? 'none'})`,
    };
  return { name, state: 'yes', detail: `${program}, on ${gpu.name} with driver ${gpu.driver}` };
};

const images: Judgement = ({ sharp }) => {
  const name = 'Image files';
  if (sharp !== null) return { name, state: 'yes', detail: `sharp ${sharp}` };
  return {
    name,
    state: 'no',
    detail: 'the optional package sharp is not installed (npm install sharp); .npz, .npy and IDX files work',
  };
};

/** In the order they are told: what always matters first, what few need last. */
const judgements: readonly Judgement[] = [
  inference,
  integerKernels,
  halfPrecision,
  brainFloat,
  images,
  gpu,
  tensorRt,
];

/** Says of each capability whether it works on the machine that `facts` describes. */
export function judgeCapabilities(facts: Facts): readonly Capability[] {
  return judgements.map((judge) => judge(facts));
}
