const encoder = new TextEncoder()

/** Whether a value is at most so many bytes as UTF-8 JSON. */
export function fitsBytes(value: unknown, bytes: number): boolean {
  const json = JSON.stringify(value) ?? ''
  // A UTF-16 unit is at most three bytes of UTF-8: most values need no encoding.
  if (json.length * 3 <= bytes) return true
  return json.length <= bytes && encoder.encode(json).length <= bytes
}
