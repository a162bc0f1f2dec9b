/** How Resize maps places (ONNX operator Resize, https://onnx.ai/onnx/operators/onnx__Resize.html). */
export interface ResizeRule {
  readonly mode: 'nearest' | 'linear';
  readonly coordinates: 'asymmetric' | 'half_pixel' | 'pytorch_half_pixel' | 'align_corners';
  readonly nearest: 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';
}

/** What each of `to` resized elements takes of each of `from`, row-major [to, from]. */
export function resizeMatrix(rule: ResizeRule, from: number, to: number, scale: number): Float32Array {
  const matrix = new Float32Array(to * from);
  const inside = (at: number) => Math.min(Math.max(at, 0), from - 1);
  for (let row = 0; row < to; row++) {
    const place = sourceOf(rule.coordinates, row, from, to, scale);
    const put = (at: number, share: number) => (matrix[row * from + inside(at)]! += share);
    if (rule.mode === 'nearest') {
      put(nearestOf(rule.nearest, place), 1);
    } else {
      const low = Math.floor(inside(place));
      const share = inside(place) - low;
      put(low, 1 - share);
      if (share > 0) put(low + 1, share);
    }
  }
  return matrix;
}

function sourceOf(
  coordinates: ResizeRule['coordinates'],
  row: number,
  from: number,
  to: number,
  scale: number,
): number {
  switch (coordinates) {
    case 'asymmetric':
      return row / scale;
    case 'half_pixel':
      return (row + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return to > 1 ? (row + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return to > 1 ? (row * (from - 1)) / (to - 1) : 0;
  }
}

function nearestOf(mode: ResizeRule['nearest'], place: number): number {
  switch (mode) {
    case 'floor':
      return Math.floor(place);
    case 'ceil':
      return Math.ceil(place);
    case 'round_prefer_floor':
      return Math.ceil(place - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(place + 0.5);
  }
}
