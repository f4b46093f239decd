import * as client from '@kubernetes/client-node'
import { Job } from 'kubernetes-models/batch/v1/Job'

interface Attribute {
  readonly name: string
  readonly baseName: string
  readonly type: string
}

/** What the API refuses of a Job: by the schema that Kubernetes publishes, which forbids no field, and by the fields of the client's own model. */
export function jobProblem(job: unknown): string | undefined {
  try {
    new Job(job as ConstructorParameters<typeof Job>[0]).validate()
  } catch (error) {
    return (error as Error).message
  }
  const unknown = unknownFields(job, 'V1Job')
  return unknown.length === 0 ? undefined : `unknown fields: ${unknown.join(', ')}`
}

function unknownFields(value: unknown, type: string): string[] {
  const each = /^Array<(.*)>$/.exec(type)?.[1]
  if (each !== undefined) return (value as unknown[]).flatMap((item) => unknownFields(item, each))
  const model = (client as Record<string, unknown>)[type] as
    | { getAttributeTypeMap?(): readonly Attribute[] }
    | undefined
  const known = model?.getAttributeTypeMap?.()
  if (known === undefined || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inside]) => {
    const found = known.find(({ baseName }) => baseName === name)
    if (found === undefined) return [`${type}.${name}`]
    return unknownFields(inside, found.type)
  })
}
