/** What uploads of lists need to be remembered. Adapter: worker/store/d1/list-uploads.ts */
import type { ListMode } from '../contract/lists.ts'
import type { ListUpload } from '../core/list/upload.ts'

export interface StoredUpload extends ListUpload {
  readonly mode: ListMode
  readonly finishedMs: number | null
}

export interface UploadSummary extends StoredUpload {
  /** Of the list, ever. */
  readonly uploads: number
  readonly lines: number
  readonly refused: number
  readonly removed: number
}

/** Throws StoreError where the driver fails. */
export interface ListUploads {
  begin(upload: StoredUpload): Promise<void>
  /** null when there is none of that id for that list. */
  read(list: string, id: string): Promise<StoredUpload | null>
  /** Counts those taken off, and with `finishedMs` ends it. */
  advance(
    upload: ListUpload,
    step: {
      readonly lines: number
      readonly refused: number
      readonly removed: number
      readonly finishedMs: number | null
    },
  ): Promise<void>
  /** The upload that was begun last of each list whose name comes after `after`, by name; null begins. */
  newest(after: string | null, limit: number): Promise<readonly UploadSummary[]>
}
