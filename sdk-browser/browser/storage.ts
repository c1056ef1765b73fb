/**
 * localStorage that never throws: a sandboxed frame refuses the property itself,
 * a full or private one refuses the write.
 */
const area = (): Storage | undefined => {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

export const read = (key: string): string | null => area()?.getItem(key) ?? null

export const write = (key: string, text: string): void => {
  try {
    area()?.setItem(key, text)
  } catch {
    // Full: what could not be kept here lives as long as the page.
  }
}

export const remove = (key: string): void => area()?.removeItem(key)

/** In the order of their names. */
export const keysOf = (prefix: string): string[] =>
  Object.keys(area() ?? {})
    .filter((key) => key.startsWith(prefix))
    .sort()
