/** A test, or whatever else ends what was started for it. */
export interface Ends {
  after(work: () => unknown): void
}
