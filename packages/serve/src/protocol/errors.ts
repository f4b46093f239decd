import { AshlarError, type Problem } from '@ashlar/errors'

/** Why a request gets no result. */
export type FailureKind =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA'
  | 'UNREPRESENTABLE'
  | 'CANCELLED'
  | 'INTERNAL'
  | 'UNIMPLEMENTED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'

/** How each kind of refusal is told in HTTP (a status) and in gRPC (a code). */
export const failures: Readonly<
  Record<FailureKind, { readonly http: number; readonly grpc: number }>
> = {
  INVALID_ARGUMENT: { http: 400, grpc: 3 },
  UNAUTHENTICATED: { http: 401, grpc: 16 },
  FORBIDDEN: { http: 403, grpc: 7 },
  NOT_FOUND: { http: 404, grpc: 5 },
  TOO_LARGE: { http: 413, grpc: 8 },
  UNSUPPORTED_MEDIA: { http: 415, grpc: 12 },
  /** The answer cannot be written in the form that was asked for. */
  UNREPRESENTABLE: { http: 422, grpc: 3 },
  CANCELLED: { http: 499, grpc: 1 },
  INTERNAL: { http: 500, grpc: 13 },
  UNIMPLEMENTED: { http: 501, grpc: 12 },
  /** Full, not ready, or about to end: worth another try later. */
  UNAVAILABLE: { http: 503, grpc: 14 },
  DEADLINE_EXCEEDED: { http: 504, grpc: 4 },
}

/** A request that gets no result. The message is written for the client: it holds no path and nothing of the inside. */
export class RequestError extends AshlarError {
  readonly kind: FailureKind

  constructor(kind: FailureKind, problem: Problem) {
    super(kind, problem)
    this.kind = kind
  }
}

/** What a client is told of any error: those made for it as they are, all others without their text. */
export function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  return new RequestError('INTERNAL', {
    where: 'server',
    expected: 'the request failed for a reason that is in the log of the server',
    cause: error,
  })
}
