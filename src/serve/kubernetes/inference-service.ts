import { clusterName, resourcesOf, serverArguments, type ServerNeeds } from './needs.js';

/** The repository as a KServe InferenceService on its Triton runtime (https://kserve.github.io/website). */
export function inferenceService(needs: ServerNeeds): object[] {
  const extra = serverArguments(needs);
  return [
    {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: { name: clusterName(needs.name) },
      spec: {
        predictor: {
          minReplicas: needs.replicas,
          model: {
            modelFormat: { name: 'triton', version: '2' },
            protocolVersion: 'v2',
            runtime: 'kserve-tritonserver',
            storageUri: needs.storage,
            ...(extra.length === 0 ? {} : { args: extra }),
            resources: resourcesOf(needs),
          },
        },
      },
    },
  ];
}
