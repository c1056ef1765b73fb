/**
 * Programs that look at pages for others. A short list of what they call
 * themselves: whoever hides is found by what they do, not by their name.
 */
const BOT =
  /bot\b|crawl|spider|slurp|facebookexternalhit|mediapartners|lighthouse|pagespeed|pingdom|uptime/i

export const isBot = (userAgent: string): boolean => BOT.test(userAgent)
