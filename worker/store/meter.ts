/** Counts a request's trips to its store; the log line tells them. */
export interface Meter {
  trips: number
}
