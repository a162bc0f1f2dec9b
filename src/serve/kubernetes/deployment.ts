import { clusterName, resourcesOf, serverArguments, type ServerNeeds } from './needs.js';

const claim = /^pvc:\/\/([^/]+)\/?(.*)$/;

/** The repository as a plain Deployment of Triton with a Service in front. */
export function deployment(needs: ServerNeeds): object[] {
  const name = clusterName(needs.name);
  const labels = { 'app.kubernetes.io/name': name };
  const volume = claim.exec(needs.storage);
  const repository = volume === null ? needs.storage : `/models${volume[2] === '' ? '' : `/${volume[2]!}`}`;
  const ports = [
    { name: 'http', port: 8000 },
    { name: 'grpc', port: 8001 },
    { name: 'metrics', port: 8002 },
  ];
  const probe = (path: string): object => ({ httpGet: { path, port: 'http' }, periodSeconds: 5 });
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas: needs.replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'triton',
                image: needs.image,
                command: ['tritonserver'],
                args: [
                  `--model-repository=${repository}`,
                  '--strict-readiness=true',
                  ...serverArguments(needs),
                ],
                ports: ports.map((one) => ({ name: one.name, containerPort: one.port })),
                readinessProbe: probe('/v2/health/ready'),
                // Engines may be built and models warmed up first: ten minutes before it counts as dead.
                startupProbe: { ...probe('/v2/health/live'), failureThreshold: 120 },
                livenessProbe: probe('/v2/health/live'),
                resources: resourcesOf(needs),
                ...(volume === null
                  ? {}
                  : { volumeMounts: [{ name: 'models', mountPath: '/models', readOnly: true }] }),
              },
            ],
            ...(volume === null
              ? {}
              : {
                  volumes: [
                    { name: 'models', persistentVolumeClaim: { claimName: volume[1], readOnly: true } },
                  ],
                }),
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels },
      spec: { selector: labels, ports: ports.map((one) => ({ ...one, targetPort: one.name })) },
    },
  ];
}
