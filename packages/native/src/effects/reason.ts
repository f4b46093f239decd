import { AshlarError } from '@ashlar/errors'

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'not found',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of the path is a file',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOTFOUND: 'the host name is not known (no network?)',
  EAI_AGAIN: 'the host name cannot be looked up (no network?)',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
}

/** Why something failed, in a few words: the system's own reason where there is one underneath. */
export function reasonOf(error: unknown): string {
  if (error instanceof AshlarError) return error.message
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    const reason = 'code' in inner ? SYSTEM_REASONS[String(inner.code)] : undefined
    if (reason !== undefined) return reason
  }
  // fetch says only "fetch failed"; the reason is in its cause.
  const innermost = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(innermost instanceof Error)) return String(innermost)
  return innermost.message || ('code' in innermost ? String(innermost.code) : innermost.name)
}

/** Whether a full disk (or quota) is underneath an error. */
export function isDiskFull(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && (inner.code === 'ENOSPC' || inner.code === 'EDQUOT')) return true
  }
  return false
}
