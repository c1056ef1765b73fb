/** Which files a verb reads that asks of the events themselves, and what to do where there are none. */
import { resolve } from 'node:path'
import { Option } from 'commander'
import { AdminError, adminApi, UnreachableError } from './admin-api.ts'
import { connectionOf, type ConnectionOptions } from './connection.ts'
import { folderFiles, localBucketFiles, type BucketFile } from './local-bucket.ts'

export interface BucketOptions extends ConnectionOptions {
  readonly state: string
  readonly bucket?: string
}

export const bucketOptions = {
  state: (): Option =>
    new Option('--state <folder>', 'data of "npm start"; TSUGI_STATE, else .tsugi').default(
      process.env['TSUGI_STATE'] || '.tsugi',
    ),
  bucket: (): Option =>
    new Option('--bucket <folder>', 'a copy of a bucket instead: events/dt=…/hour=…/….parquet'),
}

export const bucketFiles = ({ state, bucket }: BucketOptions): Promise<BucketFile[]> =>
  bucket === undefined ? localBucketFiles(resolve(state)) : folderFiles(resolve(bucket))

/** With the way out: what waits, and when it comes. */
export async function whyEmpty(options: BucketOptions): Promise<string> {
  if (options.bucket !== undefined) return `There is no file under ${options.bucket}/events.`
  const empty = `The bucket in ${options.state} is empty: no event was filed yet.`
  try {
    const { outbox } = await adminApi(connectionOf(options, process.env)).status()
    return outbox.rows > 0
      ? `${empty} ${outbox.rows} commits wait for the next batch. "npm start" runs one every 15 seconds: ask again then.`
      : `${empty} Look around in the shop that "npm start" names, or send an event; "npm start" files what came every 15 seconds.`
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof AdminError)) throw error
    return `${empty} "npm start" files what came every 15 seconds; it does not answer now. Start it, look around in its shop, and ask again after a quarter of a minute.`
  }
}
