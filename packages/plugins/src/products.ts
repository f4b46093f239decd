/**
 * What each kind of plugin makes. Empty here: a kind adds itself where its contract stands, in whatever package that is.
 *
 * @example
 * declare module '@ashlar/plugins' {
 *   interface PluginProducts {
 *     tokenizer: Tokenizer
 *   }
 * }
 * export const tokenizerKind: Kind<'tokenizer'> = defineKind('tokenizer')
 */
// biome-ignore lint/suspicious/noEmptyInterface: packages above add their kinds
export interface PluginProducts {}

/** What a plugin may be; each kind stands for one contract, see {@link PluginProducts}. */
export type PluginKind = keyof PluginProducts & string
