/** What the server refuses, in its words. */
export class RefusedError extends Error {}

/**
 * Asks the server.
 *
 * @throws RefusedError with what it says, or that it does not answer.
 */
export async function get<T>(
  path: string,
  query: Readonly<Record<string, string | number | readonly string[] | undefined>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const each of typeof value === 'object' ? value : [value]) params.append(key, String(each))
  }
  const text = params.toString()
  return ask<T>(text === '' ? path : `${path}?${text}`, signal && { signal })
}

/** Has the server change something. */
export function post<T>(path: string, body: object): Promise<T> {
  return ask<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw new RefusedError('ashlar ui does not answer any more. Start it again.')
  }
  const answer = (await response.json().catch(() => ({}))) as T & { error?: string }
  if (response.ok) return answer
  throw new RefusedError(answer.error ?? `The server answers ${response.status}.`)
}

/** The path of a run's part of the interface. */
export function pathOf(run: string, what: string = ''): string {
  return `/api/runs/${encodeURIComponent(run)}${what}`
}
