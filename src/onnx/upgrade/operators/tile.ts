import type { Conversion } from '../conversion.js';

export const tileRepeats: Conversion = {
  operators: ['Tile'],
  to: 6,
  change: 'the inputs tiles and axis became a list of repeats for all dimensions',
  convert(site) {
    const x = site.input(0);
    const tiles =
      site.constantOf(site.input(1))?.toNumbers()[0] ?? site.refuse('its number of tiles is computed');
    const axis = site.constantOf(site.input(2))?.toNumbers()[0] ?? site.refuse('its axis is computed');
    const rank =
      site.rank(x) ?? site.refuse(`the rank of ${x.name} is unknown`, 'infer the types of the model first');
    const repeats = Array.from({ length: rank }, (_, index) => (index === axis ? tiles : 1));
    site.replaceInput(2, undefined);
    site.replaceInput(1, undefined);
    site.node.setInputs([x, site.integers('repeats', repeats)]);
  },
};
