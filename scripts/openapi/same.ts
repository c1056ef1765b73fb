/**
 * A schema that says exactly what a type says. `v.GenericSchema<T>` alone
 * would accept one that leaves out the optional fields of T.
 */
import type * as v from 'valibot'

/** Every field required and writable, all the way down. */
type Full<T> = T extends readonly (infer Item)[]
  ? Full<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]-?: Full<T[K]> }
    : T

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** @example const fault = says<Fault>()(v.object({ path: v.string(), … })) */
export const says =
  <T>() =>
  <S extends v.GenericSchema<unknown, T>>(
    schema: Same<Full<v.InferOutput<S>>, Full<T>> extends true ? S : never,
  ): S =>
    schema
