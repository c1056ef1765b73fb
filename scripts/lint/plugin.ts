/** Our own rules for oxlint: the walls of the house. */
import { boundaries } from './boundaries.ts'
import { disableReason } from './disable-reason.ts'
import { folderNames } from './folder-names.ts'
import { noClock } from './no-clock.ts'

// oxlint-disable-next-line import/no-default-export -- the plugin interface asks for one
export default {
  meta: { name: 'tsugi' },
  rules: {
    boundaries,
    'disable-reason': disableReason,
    'folder-names': folderNames,
    'no-clock': noClock,
  },
}
