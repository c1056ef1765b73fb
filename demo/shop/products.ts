/** What the shop sells. Prices are whole yen with tax, as shops in Japan show them. */

export const CATEGORIES = ['knitwear', 'shirts', 'bags', 'scarves'] as const
export type Category = (typeof CATEGORIES)[number]

type Text = { readonly en: string; readonly ja: string }

export interface Product {
  readonly id: string
  readonly category: Category
  readonly priceYen: number
  readonly name: Text
  /** Where it comes from and what it is made of, in one line. */
  readonly made: Text
  readonly story: Text
}

export const PRODUCTS: readonly Product[] = [
  {
    id: 'cable-pullover',
    category: 'knitwear',
    priceYen: 18_700,
    name: { en: 'Cable pullover', ja: '縄編みのセーター' },
    made: { en: 'Undyed wool, knitted in Niigata', ja: '無染色のウール・新潟で編み立て' },
    story: {
      en: 'Eight cables, each crossed by hand on a flat-bed machine from the seventies. The wool keeps the colour of the sheep, so no two dye lots can ever disagree.',
      ja: '七〇年代の横編み機で、八本の縄を一段ずつ手で交差させました。羊の毛色そのままの糸なので、染めむらの心配がありません。',
    },
  },
  {
    id: 'snow-yoke',
    category: 'knitwear',
    priceYen: 22_000,
    name: { en: 'Snow-country yoke sweater', ja: '雪国の丸ヨークセーター' },
    made: { en: 'Shetland wool, knitted in Yamagata', ja: 'シェットランドウール・山形で編み立て' },
    story: {
      en: 'A round yoke with three rows of snow crystals. It is knitted without seams, so it sits on the shoulders like something you have owned for years.',
      ja: '雪の結晶を三段に編み込んだ丸ヨーク。縫い目がないので、長く着てきた一着のように肩になじみます。',
    },
  },
  {
    id: 'rib-cardigan',
    category: 'knitwear',
    priceYen: 19_800,
    name: { en: 'Fisherman’s rib cardigan', ja: '畦編みのカーディガン' },
    made: { en: 'Lambswool, knitted in Niigata', ja: 'ラムウール・新潟で編み立て' },
    story: {
      en: 'A deep rib that traps warm air and springs back into shape. The buttons are turned from the wood of old looms.',
      ja: '空気をたっぷり含む深い畦編み。役目を終えた織機の木を挽いて、ボタンにしました。',
    },
  },
  {
    id: 'moss-vest',
    category: 'knitwear',
    priceYen: 14_300,
    name: { en: 'Moss-stitch vest', ja: '鹿の子編みのベスト' },
    made: { en: 'Indigo-dyed wool, knitted in Yamagata', ja: '藍染めのウール・山形で編み立て' },
    story: {
      en: 'Twelve dips in the indigo vat, then a slow moss stitch that shows every one of them.',
      ja: '藍甕に十二回くぐらせた糸を、鹿の子編みでゆっくりと。重ねた色の深さが目に見えます。',
    },
  },
  {
    id: 'kasuri-shirt',
    category: 'shirts',
    priceYen: 15_400,
    name: { en: 'Kasuri work shirt', ja: '絣の仕事着シャツ' },
    made: { en: 'Cotton ikat, woven in Kurume', ja: '綿・久留米の絣織り' },
    story: {
      en: 'The yarn is bound and dyed before it is woven, so the pattern has the soft edge that gives kasuri its name.',
      ja: '糸を括って染めてから織るため、模様の輪郭がかすれます。絣という名の由来です。',
    },
  },
  {
    id: 'shijira-shirt',
    category: 'shirts',
    priceYen: 13_200,
    name: { en: 'Shijira stripe shirt', ja: 'しじら縞のシャツ' },
    made: { en: 'Puckered cotton, woven in Tokushima', ja: '綿しじら織り・徳島' },
    story: {
      en: 'Warp threads of two tensions leave a fine pucker that lifts the cloth off the skin. Made for the summers of Shikoku.',
      ja: '張りの違う経糸が細かなしぼを生み、布が肌に張りつきません。四国の夏のための一枚。',
    },
  },
  {
    id: 'gauze-shirt',
    category: 'shirts',
    priceYen: 12_100,
    name: { en: 'Double-gauze check shirt', ja: '二重ガーゼの立衿シャツ' },
    made: { en: 'Double gauze, woven in Aichi', ja: '二重ガーゼ・愛知で製織' },
    story: {
      en: 'Two layers of gauze caught together at every square. It grows softer with each wash and needs no iron.',
      ja: '二枚のガーゼを格子の角ごとにつなぎました。洗うほどやわらかく、アイロンもいりません。',
    },
  },
  {
    id: 'sashiko-tote',
    category: 'bags',
    priceYen: 9_900,
    name: { en: 'Sashiko tote', ja: '刺し子のトート' },
    made: { en: 'Stitched by hand in Ōtsuchi', ja: '大槌で手刺し' },
    story: {
      en: 'White running stitches in the hemp-leaf pattern, which was sewn on children’s clothes so that they would grow straight.',
      ja: 'まっすぐ育つようにと子どもの着物に刺した麻の葉。白い糸で一目ずつ手で刺しました。',
    },
  },
  {
    id: 'canvas-rucksack',
    category: 'bags',
    priceYen: 17_600,
    name: { en: 'Sailcloth rucksack', ja: '帆布のリュック' },
    made: { en: 'No. 6 canvas from Kurashiki', ja: '倉敷の六号帆布' },
    story: {
      en: 'Sailcloth so tight that it needs no lining, with leather where hands and shoulders wear it down.',
      ja: '裏地のいらない目の詰まった帆布に、手と肩の当たるところだけ革を使いました。',
    },
  },
  {
    id: 'azuma-bag',
    category: 'bags',
    priceYen: 4_400,
    name: { en: 'Azuma knot bag', ja: 'あずま袋' },
    made: { en: 'Cotton, printed in Sakai', ja: '綿・堺の注染' },
    story: {
      en: 'One length of cloth, two seams, one knot. The waves are dyed through, so it has no wrong side.',
      ja: '一枚の布を二か所縫って、結ぶだけ。裏まで染まる注染の青海波です。',
    },
  },
  {
    id: 'linen-stole',
    category: 'scarves',
    priceYen: 8_800,
    name: { en: 'Linen stole', ja: '麻のストール' },
    made: { en: 'Linen, woven in Ōmi', ja: '麻・近江で製織' },
    story: {
      en: 'Thin enough to pass through a ring. The bands of colour come from onion skin, madder and indigo.',
      ja: '指輪を通る薄さ。玉ねぎの皮、茜、藍で染めた三色の帯が重なります。',
    },
  },
  {
    id: 'plaid-muffler',
    category: 'scarves',
    priceYen: 11_000,
    name: { en: 'Plaid muffler', ja: '格子のマフラー' },
    made: { en: 'Raised wool, woven in Bishū', ja: '起毛ウール・尾州で製織' },
    story: {
      en: 'Woven on a shuttle loom at the pace of a walk, then raised with thistles.',
      ja: '人が歩く速さのションヘル織機で織り、あざみの実で起毛しました。',
    },
  },
  {
    id: 'tenugui-pair',
    category: 'scarves',
    priceYen: 2_200,
    name: { en: 'Pair of tenugui', ja: '手ぬぐい二枚組' },
    made: { en: 'Cotton, dyed in Hamamatsu', ja: '綿・浜松の注染' },
    story: {
      en: 'Arrow feathers and tiny beans: a towel, a wrapping, a headscarf, and in the end a very good duster.',
      ja: '矢絣と豆絞り。拭く、包む、巻く。最後は上等なはたきになります。',
    },
  },
]

const BY_ID = new Map(PRODUCTS.map((product) => [product.id, product]))

export const findProduct = (id: string): Product | undefined => BY_ID.get(id)

export const isCategory = (text: string): text is Category =>
  (CATEGORIES as readonly string[]).includes(text)

export const productsOf = (category: Category): Product[] =>
  PRODUCTS.filter((product) => product.category === category)
