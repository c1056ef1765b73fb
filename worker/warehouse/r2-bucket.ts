/** The bucket on R2. */
import type { ObjectBucket } from './ports.ts'

export function r2Bucket(bucket: R2Bucket): ObjectBucket {
  return {
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
