/** The bucket on R2. */
import type { ObjectBucket, ObjectNotes, ObjectReader } from './ports.ts'
import { FileGoneError } from './sink-ports.ts'

export function r2Bucket(bucket: R2Bucket): ObjectBucket & ObjectNotes & ObjectReader {
  return {
    async remove(paths) {
      if (paths.length > 0) await bucket.delete([...paths])
    },
    async noteOf(path) {
      const object = await bucket.head(path)
      return object === null ? null : { bytes: object.size, note: object.customMetadata ?? {} }
    },
    async tail(path, bytes) {
      const object = await bucket.get(path, { range: { suffix: bytes } })
      if (object === null) throw new FileGoneError(path)
      return { size: object.size, end: await object.arrayBuffer() }
    },
    async slice(path, from, to) {
      const part = await bucket.get(path, { range: { offset: from, length: to - from } })
      if (part === null) throw new FileGoneError(path)
      return part.arrayBuffer()
    },
    async putIfAbsent(path, file, note) {
      const stored = await bucket.put(path, file, {
        onlyIf: { etagDoesNotMatch: '*' },
        httpMetadata: { contentType: 'application/vnd.apache.parquet' },
        customMetadata: note,
      })
      if (stored !== null) return stored.size
      const present = await bucket.head(path)
      if (present === null) throw new Error(`${path} was there and is gone`)
      return present.size
    },
  }
}
