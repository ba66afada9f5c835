/** Lines of one answer, whatever `tail` says. */
export const MOST_LINES = 5_000
/** Bytes of text of one answer that a caller may ask for, and gets without asking. */
export const MOST_BYTES = 1024 * 1024
export const DEFAULT_BYTES = 64 * 1024
/** Characters of one line that are shown. */
export const LONGEST_SHOWN = 16 * 1024
/** Containers of one call, and how many of them are read at a time. */
export const MOST_SOURCES = 50
export const AT_A_TIME = 8
/** How far back `contains` looks in one container, and how many bytes of logs one call may read for it. */
export const MOST_SEARCHED = 50_000
export const SEARCH_BYTES = 32 * 1024 * 1024
/** Longest a tool call stays to gather new lines, in seconds. */
export const MOST_FOLLOW = 50
/** Seconds after which a follower looks for pods and containers that have come. */
export const LOOK_SECONDS = 3

// A private key stands on many lines, and only its first says that it is one. So reading begins a little before what is asked
// for: lines (a 4,096 bit key in PEM has 52) or seconds before it.
export const LEAD_LINES = 64
export const LEAD_SECONDS = 2
