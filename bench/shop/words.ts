/** What the benchmark's shop knows of people: traits, contexts and events, with their values. */
export const PLANS = ['free', 'basic', 'pro', 'team']
export const CITIES = Array.from({ length: 20 }, (_, i) => `city-${i}`)
export const COUNTRIES = ['JP', 'US', 'DE', 'FR', 'GB', 'KR', 'TW', 'AU', 'CA', 'BR']
export const DEVICES = ['mobile', 'tablet', 'desktop']
export const CAMPAIGNS = ['spring', 'mail', 'line', 'none']
export const EVENTS = [
  'Product Viewed',
  'Product Added',
  'Order Completed',
  'Product List Viewed',
  'Cart Viewed',
  'Coupon Entered',
  'Product Removed',
  'Checkout Started',
  'Wishlist Product Added',
  'Article Read',
]
export const WINDOW = '30d'
export const WINDOW_MS = 30 * 86_400_000
export const CAP = 3
export const CAP_WINDOW_MS = 86_400_000
/** A moment that every run shares. */
export const NOW_MS = Date.UTC(2026, 9, 1, 3)
