/** Colours that there are; lines beyond them begin anew. */
export const COLORS = 8
