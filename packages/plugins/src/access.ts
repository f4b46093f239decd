import { z } from 'zod'

/** What an option makes a program do: run a module's code, read or write a path, call an address. */
export type AccessKind = 'run' | 'read' | 'write' | 'call'

/** Where a relative path starts: the experiment's folder, the run folder, or where the program was started. */
export type PathBase = 'experiment' | 'run' | 'working'

/** What a schema says of a string that reaches beyond the experiment; JSON Schema carries it on. */
export interface AccessMeta {
  readonly access: AccessKind
  /** Of a path; the experiment's folder where it is left out. */
  readonly base?: PathBase
}

/**
 * The schema of an option that is a path. It says what happens there, so that an experiment that came with somebody's file can be asked what it
 * would do before it does it. Every option that is a path is declared so.
 *
 * @param access whether the file or folder is read or written.
 * @param base where a relative path starts; the experiment's folder by default.
 * @example options: z.strictObject({ file: path('read').describe('The table.') })
 */
export function path(access: 'read' | 'write', base: PathBase = 'experiment'): z.ZodString {
  return z
    .string()
    .min(1)
    .meta({ access, base } satisfies AccessMeta)
}

/**
 * The schema of an option that is an address (http or https) to call. Every option that is one is declared so, as with {@link path}.
 *
 * @example options: z.strictObject({ url: address().describe('Of the tracking server.') })
 */
export function address(): z.ZodURL {
  return z.url({ protocol: /^https?$/ }).meta({ access: 'call' } satisfies AccessMeta)
}

/**
 * An address without its user name and password, fit for messages and files. What has neither is as it was given.
 *
 * @example withoutCredentials('redis://me:secret@host:6379') // 'redis://host:6379'
 */
export function withoutCredentials(url: string): string {
  // Of what no address can be made, anything before the last @ may be a password.
  if (!URL.canParse(url)) return url.replace(/(:\/\/).*@/s, '$1')
  const parsed = new URL(url)
  if (parsed.username === '' && parsed.password === '') return url
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}

/** The schema of a module whose code runs: a package or a path. */
export function module(): z.ZodString {
  return z
    .string()
    .min(1)
    .meta({ access: 'run' } satisfies AccessMeta)
}
