import { isAbsolute, relative, resolve, sep } from 'node:path';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { externalFiles } from '../onnx/external-files.js';

/** A file to copy: from where, and to where in a version folder (slashes on every system). */
export interface FileCopy {
  readonly from: string;
  readonly to: string;
}

/**
 * The files of an ONNX artifact as Triton's onnxruntime backend wants them: `model.onnx`, or, with external data,
 * a folder `model.onnx` with the model and its data files under the names that it knows them by.
 *
 * @throws InferOptError `model` when a data file lies outside of the model's folder
 */
export function onnxFiles(path: string, model: Model): FileCopy[] {
  const data = externalFiles(model);
  if (data.length === 0) return [{ from: path, to: 'model.onnx' }];
  const folder = model.directory ?? resolve('.');
  return [
    { from: path, to: 'model.onnx/model.onnx' },
    ...data.map((file) => {
      const inside = relative(folder, file);
      const refuse = (why: string): InferOptError =>
        new InferOptError('model', `${path}: its data file ${inside} ${why}`, {
          hint: 'keep external data in the folder of the model, under a name of its own',
        });
      if (isAbsolute(inside) || inside.split(sep)[0] === '..') throw refuse('lies outside of its folder');
      if (inside === 'model.onnx') throw refuse('is called like the model itself in a repository');
      return { from: file, to: `model.onnx/${inside.split(sep).join('/')}` };
    }),
  ];
}
