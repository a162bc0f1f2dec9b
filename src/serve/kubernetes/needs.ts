/** What the pods of a repository need, and how the server must be started for its models. */
export interface ServerNeeds {
  /** Name of everything in the cluster; made valid for it. */
  readonly name: string;
  /** Where the repository lies for the cluster: `pvc://claim[/path]`, `s3://...`, `gs://...`. */
  readonly storage: string;
  readonly image: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  readonly replicas: number;
  /** Names of resources that instances get from the rate limiter: it must be turned on. */
  readonly rateLimited: boolean;
  readonly responseCache: boolean;
}

/** A name that Kubernetes takes: lower case letters, digits and hyphens, 63 at most (RFC 1123). */
export function clusterName(name: string): string {
  const valid = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return valid === '' ? 'models' : valid;
}

/** Requests and limits alike: a server that was measured with so many cores must get them. */
export function resourcesOf({ cpus, memoryBytes, gpus }: ServerNeeds): object {
  const amounts = {
    cpu: String(cpus),
    memory: `${Math.ceil(memoryBytes / 2 ** 20)}Mi`,
    ...(gpus === 0 ? {} : { 'nvidia.com/gpu': String(gpus) }),
  };
  return { requests: amounts, limits: amounts };
}

/** Arguments of tritonserver beyond the repository. */
export function serverArguments({ rateLimited, responseCache }: ServerNeeds): string[] {
  return [
    ...(rateLimited ? ['--rate-limit=execution_count'] : []),
    ...(responseCache ? ['--cache-config=local,size=268435456'] : []),
  ];
}
