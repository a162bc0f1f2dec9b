import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { convolutionSite } from './gradients/conv.js';
import type { ConvolutionSite } from './gradients/convolution/forms.js';
import { Emitter } from './graph/emitter.js';

/** Every convolution of a batched model, as gradients see it. */
export function convolutionSites(model: Model): { node: Node; site: ConvolutionSite }[] {
  const emitter = new Emitter(model.graph);
  return [...model.graph.nodes()]
    .filter((node) => node.is('Conv'))
    .map((node) => ({ node, site: convolutionSite(node, emitter) }));
}
