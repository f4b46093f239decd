import { ConfigError } from '@ashlar/errors'
import type { Context, Span, Tracer } from '@opentelemetry/api'
import type { HttpPlugin } from './http/plugin.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request does is a child of it. */
    ashlarSpan?: Span
  }
}

/**
 * A span for every request for inference, child of the one that its headers name (`traceparent`). What becomes of it is the business of the
 * OpenTelemetry SDK that the process was started with.
 *
 * @throws ConfigError when @opentelemetry/api is not installed.
 */
export const tracing: HttpPlugin = async (app) => {
  const api = await import('@opentelemetry/api').catch((cause: unknown) => {
    throw new ConfigError({
      where: 'tracing',
      expected: 'the package @opentelemetry/api must be installed',
      hint: 'npm install @opentelemetry/api @opentelemetry/sdk-node',
      cause,
    })
  })
  const tracer: Tracer = api.trace.getTracer('@ashlar/serve')
  app.addHook('onRequest', (request, _reply, done) => {
    const url = request.routeOptions.url ?? ''
    if (url.endsWith('/infer')) {
      const parent: Context = api.propagation.extract(api.context.active(), request.headers)
      const { model, version } = request.params as { model: string; version?: string }
      request.ashlarSpan = tracer.startSpan(
        'infer',
        {
          kind: api.SpanKind.SERVER,
          attributes: {
            'http.request.method': request.method,
            'http.route': url,
            'ashlar.request_id': request.id,
            'ashlar.model': model,
            ...(version === undefined ? {} : { 'ashlar.version': version }),
          },
        },
        parent,
      )
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const span = request.ashlarSpan
    span?.setAttribute('http.response.status_code', reply.statusCode)
    if (reply.statusCode >= 500) span?.setStatus({ code: api.SpanStatusCode.ERROR })
    span?.end()
    done()
  })
}
