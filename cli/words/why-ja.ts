import type { CapView } from '../../worker/contract/reason.ts'
import type { WhyWords } from './why-words.ts'

const WHAT: Readonly<Record<CapView['of'], string>> = {
  served: '配信',
  impression: '表示',
  click: 'クリック',
  dismiss: '閉じる操作',
  conversion: '達成',
}
const UNITS = {
  lifetime: '通算',
  session: '1回の訪問に',
  hour: '1時間に',
  day: '1日に',
  week: '1週間に',
  month: '1か月に',
} as const

/** In this order: what stands in a condition that everybody writes in English. */
const CONDITION: readonly (readonly [RegExp, string])[] = [
  [/ and /g, 'かつ'],
  [/ or /g, 'または'],
  [/(^|[つはた(])not /g, '$1非'],
  [/\bevent (?=")/g, 'イベント'],
  [/ in the last (\d+\w)/g, '（直近$1）'],
  [/ count (?=[≥≤><=])/g, '回数'],
  [/\btrait /g, '属性'],
  [/\bcontext /g, '状況'],
  [/\baggregate /g, '集計'],
  [/ with /g, '、'],
  [/ before "-(\d+\w)"/g, 'が$1より前'],
  [/\bseen first/g, '初回'],
  [/\bseen last/g, '最終'],
]

function window(per: CapView['per']): string {
  if (typeof per !== 'object') return UNITS[per]
  const hours = per.ms / 3_600_000
  if (hours >= 48 && hours % 24 === 0) return `${hours / 24}日間に`
  return hours >= 1 ? `${round(hours)}時間に` : `${round(hours * 60)}分間に`
}
const round = (value: number): number => Math.round(value * 10) / 10

export const ja: WhyWords = {
  shown: (placement, actions, when) => `${when}、${placement}に${actions}を表示しました。`,
  nothing: (placement, when) => `${when}、${placement}はページの元の内容のままでした。`,
  person: (id) => `相手：プロファイル ${id}`,
  stranger: '相手：まだ何も分かっていない方',
  next: '、次に',
  name: (name) => `「${name}」`,
  chosen: {
    priority: (policy, action) =>
      `この方に当てはまり、出せるものが残っている最初のルールが${policy}で、その中で最も優先するのが${action}でした。`,
    formula: (policy, action, score) =>
      `この方に当てはまり、出せるものが残っている最初のルールが${policy}で、計算式の得点が最も高いのが${action}でした${score}。`,
    learned: (policy, action, chance) =>
      `ルール${policy}は結果から学習します。${action}を確率${chance}で引き当てました。`,
    learnedFrom: (model) => `重みは第${model}版です。`,
    even: 'まだ学習前のため、すべて同じ確率でした。',
    split: (policy, arm) => `ルール${policy}は抽選で分かれ、この方は「${arm}」でした。`,
    experiment: (policy, experiment, arm) =>
      `ルール${policy}はテスト${experiment}の対象で、この方は「${arm}」の組です。`,
    preview: 'プレビューのための表示です。',
  },
  because: {
    stopped: 'すべての出し分けを停止していました。',
    bot: '人ではなく、プログラムからの問い合わせでした。',
    staff: '社内の方です。',
    no_consent: 'この連絡手段への同意がありませんでした。',
    quiet_hours: '相手の地域では夜間でした。',
    cap_reached: '接触回数の上限に達していました。',
    no_policy_matched: 'この方に当てはまるルールがありませんでした。',
    no_action_left: '当てはまるルールはありましたが、出せるものが残っていませんでした。',
    holdout: '効果を比べるため、何も出さない組の方です。',
    control_arm: 'テストで何も変えない組の方です。',
    enough: 'ほかの枠で、求められた数だけ出していました。',
    degraded: '保存先が時間内に応答しなかったため、無難な内容にしました。',
  },
  turnedOff: 'この方はパーソナライズをオフにしていました。',
  fallback: 'どのルールにも出すものがないときの内容です。',
  instead: (actions) => `本来なら${actions}でした。`,
  arms: (experiment, arm) => `${experiment}：「${arm}」の組`,
  held: (holdout) => `${holdout}：何も出さない組`,
  open: (holdout) => `${holdout}：通常の組`,
  arm: (arm) => `「${arm}」の組`,
  weight: (share) => `重み${share}`,
  everybody: '全体のホールドアウト',
  holdoutOf: (policy) => `ルール${policy}のホールドアウト`,
  wouldHave: '本来なら表示',
  notBefore: (moment) => `${moment}から`,
  others: '選ばれなかったものと、その理由：',
  noOthers: 'ほかに候補はありませんでした。',
  rule: (name) => `ルール${name}`,
  decided: 'これで決定',
  gates: {
    stopped: '出し分けを停止中',
    bot: 'プログラムには出さない',
    staff: '社内の方には出さない',
    channel: '連絡手段への同意がない',
    quiet_hours: '夜間',
    schedule: '期間外',
    consent: 'パーソナライズをオフにしている',
    audience: 'ほかの方が対象',
    holdout: '比較のため対象外',
    experiment: 'テスト参加者だけが対象',
    arm: 'テストの別の組だけが対象',
    eligibility: 'この方には出せない条件',
    unidentified: '回数を数える必要があるが、相手が分からない',
    stock: '在庫切れ',
    cap: '回数の上限に到達',
    converted: 'もう達成済み',
    excluded: '同じページの別の枠に表示済み',
    diversity: '同じ種類が十分ある',
    formula: '計算式を計算できなかった',
    not_drawn: '抽選に外れた',
    outranked: '優先するものがあった',
    enough: 'ほかの枠に表示済み',
  },
  asks: (condition) => {
    let told = condition
    for (const [english, japanese] of CONDITION) told = told.replaceAll(english, japanese)
    return `条件：${told}`
  },
  failed: (error) => error,
  score: (score) => `${score}点`,
  cap: ({ of, max, per }) => (of === 'conversion' ? '' : `${window(per)}${WHAT[of]}${max}回まで`),
  replay: {
    same: 'ログから決め直した結果：同じです。',
    different:
      '【注意】ログから決め直すと、違う結果になりました。Tsugi かログの不具合です。表示内容の行だけを信用してください。',
    not_replayable:
      '決め直せません。ログに必要な内容がすべては残っていません（4 KB 超、同じ問い合わせへの再回答、または保存先の応答なし）。',
    not_logged:
      'ログにありません（at や explain を付けた問い合わせ、フラグの一括取得、プレビュー、記録対象の割合から外れたもの、または処理中に失われたもの）。ここにあるのは decisionId が持つ内容だけです。直前の決定は、まだ書かれていないことがあります。',
  },
  expired: '90日を過ぎたため、この決定の表示やクリックはもう数えません。',
  release: (release, epoch) => `リリース ${release}、エポック ${epoch}`,
}
