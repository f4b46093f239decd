import { ConfigError } from '@ashlar/errors'
import { stringify } from 'yaml'

/** What a KServe manifest is told. */
export interface KserveOptions {
  /** Name of the service: lower case letters, digits and dashes, as Kubernetes has names. */
  readonly name: string
  /** Where the repository in Triton's layout lies: `s3://`, `gs://`, `pvc://`, ... */
  readonly storageUri: string
}

/**
 * An InferenceService of KServe that serves a repository in Triton's layout by the Open Inference Protocol.
 *
 * Source: KServe, serving.kserve.io/v1beta1.
 *
 * @returns YAML.
 * @throws ConfigError for a name that Kubernetes refuses, or an address without a scheme.
 */
export function kserveManifest({ name, storageUri }: KserveOptions): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new ConfigError({
      where: 'KServe manifest',
      expected: 'the name must be lower case letters, digits and dashes, 63 at most',
      given: name,
    })
  }
  if (!/^[a-z][a-z0-9+.-]*:\/\/.+/.test(storageUri)) {
    throw new ConfigError({
      where: 'KServe manifest',
      expected: 'the storage must be an address with a scheme, as s3://bucket/models',
      given: storageUri,
      hint: 'Upload the folder that --triton wrote, and give its address.',
    })
  }
  return stringify({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name },
    spec: {
      predictor: {
        model: {
          modelFormat: { name: 'onnx' },
          runtime: 'kserve-tritonserver',
          protocolVersion: 'v2',
          storageUri,
        },
      },
    },
  })
}
