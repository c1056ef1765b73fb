/** A log tells of few situations, many times each. */

/** @param candidates what the person can have; undefined where nobody knows */
export type OfSituation<T> = (context: string, candidates?: readonly string[]) => T

/** Asks once of each context and list of candidates; of the list itself, so equal ones had better be one. */
export function perSituation<T extends object | number>(ask: OfSituation<T>): OfSituation<T> {
  const known = new Map<string, Map<readonly string[] | undefined, T>>()
  return (context, candidates) => {
    let own = known.get(context)
    if (own === undefined) known.set(context, (own = new Map()))
    const standing = own.get(candidates)
    if (standing !== undefined) return standing
    const told = ask(context, candidates)
    own.set(candidates, told)
    return told
  }
}
