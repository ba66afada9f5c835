// What is used of the package, which brings no types of its own.
declare module 'semver' {
  interface Options {
    loose?: boolean
    includePrerelease?: boolean
  }
  /** The version as Semantic Versioning 2.0.0 writes it, or null where it is none. */
  export function valid(version: string, options?: Options): string | null
  /** The range in plain comparators, or null where it is none. */
  export function validRange(range: string, options?: Options): string | null
  /** The highest of the versions that the range takes, as it is in the list. */
  export function maxSatisfying(versions: readonly string[], range: string, options?: Options): string | null
}
