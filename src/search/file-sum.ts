import { readArtifactFile, type ArtifactFile } from '../bench/artifact-file.js';
import { externalFiles } from '../onnx/external-files.js';
import { readModel } from '../onnx/read.js';

/** Sum and size of a model with its external data. */
export async function modelFile(path: string): Promise<ArtifactFile> {
  return readArtifactFile(path, externalFiles(await readModel(path)));
}
