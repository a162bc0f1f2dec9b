import { tensor, likeFirst, type TypeRule, type TypeRules } from '../site.js';
import { computeRules } from './compute.js';

/** [batch, positions, inputs] becomes [batch, positions, columns of a third of the weight], as long as nothing else is asked for. */
const attention: TypeRule = (site) => {
  const [input, weight] = [site.dims(0), site.dims(1)];
  const columns = weight?.[1];
  const parts = site.node.ints('qkv_hidden_sizes');
  const own = parts?.[2] ?? (typeof columns === 'number' ? columns / 3 : undefined);
  const dims = input?.length === 3 ? [input[0], input[1], own] : undefined;
  return site.node.outputs.map((_, index) =>
    index === 0 ? tensor(site.dtype(0), dims) : tensor(site.dtype(0), undefined),
  );
};

/** onnxruntime's own operators that a pass here makes: without a rule the names of lengths would end at them. */
export const runtimeRules: TypeRules = {
  'com.microsoft.Gelu': likeFirst,
  'com.microsoft.FastGelu': likeFirst,
  'com.microsoft.QuickGelu': likeFirst,
  'com.microsoft.BiasGelu': likeFirst,
  'com.microsoft.RotaryEmbedding': likeFirst,
  'com.microsoft.FusedConv': (site) => computeRules.Conv!(site),
  'com.microsoft.Attention': attention,
};
