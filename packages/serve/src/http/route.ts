import type { FastifyInstance, HTTPMethods, RouteHandlerMethod } from 'fastify'

/**
 * Adds a route under each of its addresses; other methods there are answered 405, with those that are allowed.
 *
 * @param methods GET brings HEAD.
 */
export function addRoute(
  app: FastifyInstance,
  methods: readonly HTTPMethods[],
  urls: readonly string[],
  handler: RouteHandlerMethod,
): void {
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])]
  const others = app.supportedMethods.filter(
    // OPTIONS belongs to CORS.
    (method) => !allowed.includes(method) && method !== 'OPTIONS',
  )
  for (const url of urls) {
    app.route({ method: [...methods], url, handler })
    app.route({
      method: others as HTTPMethods[],
      url,
      // Refused before its body is read.
      onRequest: async (request, reply) =>
        reply
          .code(405)
          .header('allow', allowed.join(', '))
          .send({ error: `Method Not Allowed: ${request.method}` }),
      handler: async () => undefined,
    })
  }
}
