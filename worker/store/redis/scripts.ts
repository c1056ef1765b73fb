/**
 * The Lua that runs inside Redis. Every key is declared; nothing is written
 * before everything is checked, and the first write is the one that can be
 * refused (memory, a position that does not grow), so a script that fails has
 * changed nothing.
 */

/**
 * One commit.
 * KEYS: outbox stream, last position, ni identifier keys, np profile keys, then
 * the sorted sets of those whose due moment moves, then ns stocks.
 * ARGV: commitId, receivedAtMs, nb, ni, np, ns; per identifier was, now
 * ('' is nobody, '*' is not looked at); per profile the version expected and the end of its new
 * text; per stock how many to take, and of how many in all; per due moment the number of its set, profileId, ms ('' is never);
 * nb bodies, last since one letter beyond Latin in them makes all that is put behind it twice as long to send.
 * Answers {1}, or {0, values of the identifier keys and the profile keys, values of the stocks}.
 *
 * A position is the last one of its stream plus one; never less than the time
 * in hundredths of a millisecond: a database that lost its newest entries then
 * gives none of their positions out again, which the warehouse is already past;
 * and more than that of any profile it changes, so that the commits of one
 * profile stand in their order across all streams. A profile's text begins
 * <version>|<commitId>@<position>|
 */
export const COMMIT = `
local id, receivedAt = ARGV[1], ARGV[2]
local nb, ni = tonumber(ARGV[3]), tonumber(ARGV[4])
local np, ns, i0, b0 = tonumber(ARGV[5]), tonumber(ARGV[6]), 6, #ARGV - nb
local p0 = i0 + 2 * ni
local s0 = p0 + 2 * np
local d0 = s0 + 2 * ns
local k0 = #KEYS - ns
local vals = ni + np > 0 and redis.call('MGET', unpack(KEYS, 3, 2 + ni + np)) or {}
local ok, mine, before = true, np > 0, 0
for i = 1, ni do
  local was = ARGV[i0 + 2 * i - 1]
  if was ~= '*' and (vals[i] or '') ~= was then ok = false end
end
for i = 1, np do
  local v, c, at = '0', '', nil
  if vals[ni + i] then v, c, at = string.match(vals[ni + i], '^(%d+)|([^|@]*)@?(%d*)|') end
  if v ~= ARGV[p0 + 2 * i - 1] then ok = false end
  if c ~= id then mine = false end
  before = math.max(before, tonumber(at) or 0)
end
if mine then return {1} end
local gone = ns > 0 and redis.call('MGET', unpack(KEYS, k0 + 1, k0 + ns)) or {}
for i = 1, ns do
  if (tonumber(gone[i]) or 0) + tonumber(ARGV[s0 + 2 * i - 1]) > tonumber(ARGV[s0 + 2 * i]) then ok = false end
end
if not ok then return {0, vals, gone} end
local seq = math.max((tonumber(redis.call('GET', KEYS[2]) or '0')) + 1, before + 1, tonumber(receivedAt) * 100)
for i = 1, nb do
  redis.call('XADD', KEYS[1], string.format('%.0f-0', seq), 't', receivedAt, 'b', ARGV[b0 + i])
  seq = seq + 1
end
local position = string.format('%.0f', seq - 1)
redis.call('SET', KEYS[2], position)
for i = 1, ni do
  local was, now = ARGV[i0 + 2 * i - 1], ARGV[i0 + 2 * i]
  if now == '' and was ~= '' then redis.call('DEL', KEYS[2 + i])
  elseif now ~= was then redis.call('SET', KEYS[2 + i], now) end
end
for i = 1, np do
  local text = (tonumber(ARGV[p0 + 2 * i - 1]) + 1) .. '|' .. id .. '@' .. position .. '|' .. ARGV[p0 + 2 * i]
  redis.call('SET', KEYS[2 + ni + i], text)
end
for i = 1, ns do redis.call('INCRBY', KEYS[k0 + i], ARGV[s0 + 2 * i - 1]) end
for a = d0 + 1, b0, 3 do
  local set, who, due = KEYS[2 + ni + np + tonumber(ARGV[a])], ARGV[a + 1], ARGV[a + 2]
  if due == '' then redis.call('ZREM', set, who) else redis.call('ZADD', set, due, who) end
end
return {1}`

/**
 * Who is due, the longest due first. KEYS: every set. ARGV: now, how many.
 * Answers a flat list of profileIds.
 */
export const DUE = `
local found = {}
for _, set in ipairs(KEYS) do
  local rows = redis.call('ZRANGEBYSCORE', set, '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
  for i = 1, #rows, 2 do found[#found + 1] = {rows[i], tonumber(rows[i + 1])} end
end
table.sort(found, function(a, b) return a[2] < b[2] or (a[2] == b[2] and a[1] < b[1]) end)
local ids = {}
for i = 1, math.min(#found, tonumber(ARGV[2])) do ids[i] = found[i][1] end
return ids`

/** KEYS: every set. ARGV: now. Answers {how many are due, since when the first is, or ''}. */
export const DUE_BACKLOG = `
local count, oldest = 0, ''
for _, set in ipairs(KEYS) do
  count = count + redis.call('ZCOUNT', set, '-inf', ARGV[1])
  local first = redis.call('ZRANGEBYSCORE', set, '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, 1)
  if first[2] and (oldest == '' or tonumber(first[2]) < tonumber(oldest)) then oldest = first[2] end
end
return {count, oldest}`

/**
 * A page of the outbox, bounded in bytes so that no answer and no script
 * grows with the backlog; at least one entry.
 * KEYS: outbox stream. ARGV: from, to, most entries, most bytes,
 * what is wanted: 'bodies', or '' for their sizes alone; '1' to read backwards.
 * Answers a flat list: id, receivedAtMs, bytes, body or ''.
 */
export const PAGE = `
local from, to = ARGV[1], ARGV[2]
local entries, bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local bodies, back = ARGV[5] == 'bodies', ARGV[6] == '1'
local found, total, count = {}, 0, 0
while count < entries do
  local step = math.min(16, entries - count)
  local rows
  if back then rows = redis.call('XREVRANGE', KEYS[1], to, from, 'COUNT', step)
  else rows = redis.call('XRANGE', KEYS[1], from, to, 'COUNT', step) end
  for _, row in ipairs(rows) do
    local body = row[2][4]
    if count > 0 and total + #body > bytes then return found end
    total, count = total + #body, count + 1
    local n = #found
    found[n + 1], found[n + 2], found[n + 3] = row[1], row[2][2], #body
    found[n + 4] = bodies and body or ''
    if back then to = '(' .. row[1] else from = '(' .. row[1] end
  end
  if #rows < step then return found end
end
return found`

/** KEYS: what is asked for. Answers their values, read where the writes are. */
export const READ = `return redis.call('MGET', unpack(KEYS))`

/** Upstash's own flag; plain Redis answers it with an error. */
const KEY_LOCKING = '#!lua flags=allow-key-locking\n'

/** Redis wants a script's first line first. */
export const scriptText = (lua: string, keyLocking: boolean): string =>
  `${keyLocking ? KEY_LOCKING : ''}${lua.trimStart()}`
