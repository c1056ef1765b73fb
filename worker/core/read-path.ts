import type { JsonObject, JsonValue } from '../contract/message.ts'

/** "product.category" reads the property of that very name, or else an object inside an object. */
export function readPath(object: JsonObject | undefined, path: string): JsonValue | undefined {
  if (object === undefined) return undefined
  if (Object.hasOwn(object, path)) return object[path]
  if (!path.includes('.')) return undefined
  let value: JsonValue | undefined = object
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = (value as JsonObject)[step]
  }
  return value
}
