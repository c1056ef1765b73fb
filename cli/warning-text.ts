import type { Warning } from '../worker/contract/problem.ts'

/** One warning of the worker's as lines for people. */
export const warningText = ({ path, about, why }: Warning): string =>
  `Warning: ${path}: ${about}\n  ${why}.`
