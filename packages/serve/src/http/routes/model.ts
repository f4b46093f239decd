import type { FastifyRequest } from 'fastify'

/** The addresses of something about a model, with and without a version. */
export function modelUrls(suffix: string): string[] {
  return [`/v2/models/:model${suffix}`, `/v2/models/:model/versions/:version${suffix}`]
}

/** The model and the version that the address names. */
export function modelOf(request: FastifyRequest): { model: string; version: string | undefined } {
  const { model, version } = request.params as { model: string; version?: string }
  return { model, version }
}
