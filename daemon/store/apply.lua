-- apply.lua - apply one batch of one site, exactly once.
--
-- KEYS  1 marker    the last sequence of this writer that was applied
--       2 totals    hash: hits, generation, newest, opening
--       3 days      hash of one year: mmdd -> hits
--       4 pages     sorted set: path -> views
--       5 online    sorted set: visitor -> moment last seen, ms
--       6, 7, 8 ids sets of hit ids: this window's, the one before and the one
--                   after, where a retry's lies that was faster than its first try
-- ARGV  1 sequence
--       2 payload   MessagePack, written by batch.c:
--                   { now, day, window, dedupe, pages, page_of, id_of, visitor_of, age_of }
--
-- Answers { outcome, last, generation, newest, today, total, opening, online,
-- counted, views … }: counted is the views that were new here, then follow the
-- views of the payload's pages in their order.  outcome 1: applied now, 0: was
-- applied before, -1: a batch before this one is missing, and then only
-- { -1, last } is answered.
--
-- Redis does not roll a script back.  So the first part reads and checks
-- all that the second relies on and writes nothing; the second begins with
-- the marker, whose SET fails cleanly when memory is full, and after it
-- nothing can fail: the rights to all of it are asked for as well, since they
-- may be taken from a connected user (0.12 µs each, Redis 7.0).

local marker, totals, days, pages, online, ids, ids_before, ids_after = unpack(KEYS)
local MARKER_TTL = 90 * 86400
local PRESENCE_MS = 30 * 60 * 1000
local DIGITS = 15 -- below 2^53, where Lua's numbers are still exact

-- Part 1: read and check.

local wanted = { [marker] = 'string', [totals] = 'hash', [days] = 'hash', [pages] = 'zset', [online] = 'zset',
  [ids] = 'set', [ids_before] = 'set', [ids_after] = 'set' }
for key, want in pairs(wanted) do
  local is = redis.call('TYPE', key).ok
  if is ~= 'none' and is ~= want then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is .. ', not a ' .. want)
  end
end

local damaged
local function integer(key, value)
  value = value or '0'
  if #value > DIGITS or not (value == '0' or string.find(value, '^[1-9]%d*$')) then
    damaged = redis.error_reply('DAMAGED ' .. key .. ' holds «' .. value .. '», no integer with room')
    return 0
  end
  return tonumber(value)
end

for _, command in ipairs({ { 'SADD', ids, '' }, { 'PEXPIRE', ids, '1' }, { 'HINCRBY', totals, '', '1' }, { 'HSET', totals, '', '1' },
  { 'HINCRBY', days, '', '1' }, { 'ZINCRBY', pages, '1', '' }, { 'ZADD', online, 'GT', '1', '' },
  { 'ZREMRANGEBYSCORE', online, '0', '1' }, { 'PEXPIRE', online, '1' }, { 'ZCOUNT', online, '0', '1' }, { 'ZMSCORE', pages, '' } }) do
  if not redis.acl_check_cmd(unpack(command)) then
    return redis.error_reply('NOPERM the user may not run ' .. command[1] .. ' on ' .. command[2])
  end
end

local batch = cmsgpack.unpack(ARGV[2])
local field = string.format('%04d', batch.day % 10000)
local sequence = tonumber(ARGV[1])
local last = integer(marker, redis.call('GET', marker))
local stored = redis.call('HMGET', totals, 'hits', 'generation', 'newest', 'opening')
local total = integer(totals, stored[1])
local generation = integer(totals, stored[2])
local newest = integer(totals, stored[3])
local opening = integer(totals, stored[4])
local today = integer(days, redis.call('HGET', days, field))
if damaged then
  return damaged
end
if sequence > last + 1 then
  return { -1, last }
end

local outcome, fresh = 0, 0
if sequence == last + 1 then
  outcome = 1

  -- A hit without an id ('') is always fresh.
  local known, with_id = {}, {}
  for _, id in ipairs(batch.id_of) do
    if id ~= '' then
      with_id[#with_id + 1] = id
    end
  end
  if #with_id > 0 then
    for _, key in ipairs({ ids, ids_before, ids_after }) do
      for i, is in ipairs(redis.call('SMISMEMBER', key, unpack(with_id))) do
        known[with_id[i]] = known[with_id[i]] or is == 1
      end
    end
  end
  local views = {}
  for i, page in ipairs(batch.page_of) do
    local id = batch.id_of[i]
    if id == '' or not known[id] then
      known[id] = true
      fresh = fresh + 1
      views[page] = (views[page] or 0) + 1
    end
  end
  local seen, latest = {}, {}
  for i, visitor in ipairs(batch.visitor_of) do
    local at = batch.now - batch.age_of[i]
    if not latest[visitor] or latest[visitor] < at then
      latest[visitor] = at
    end
  end
  for visitor, at in pairs(latest) do
    seen[#seen + 1] = at
    seen[#seen + 1] = visitor
  end

  -- Part 2: write.

  redis.call('SET', marker, ARGV[1], 'EX', MARKER_TTL)
  if #with_id > 0 then
    redis.call('SADD', ids, unpack(with_id))
    redis.call('PEXPIRE', ids, 2 * batch.dedupe)
  end
  if fresh > 0 then
    total = redis.call('HINCRBY', totals, 'hits', fresh)
    today = redis.call('HINCRBY', days, field, fresh)
    for page, n in pairs(views) do
      redis.call('ZINCRBY', pages, n, batch.pages[page])
    end
    if batch.day < newest then
      generation = redis.call('HINCRBY', totals, 'generation', 1)
    elseif batch.day > newest then
      newest = batch.day
      redis.call('HSET', totals, 'newest', newest)
    end
  end
  if #seen > 0 then
    redis.call('ZADD', online, 'GT', unpack(seen))
    local kept = math.max(PRESENCE_MS, batch.window)
    redis.call('ZREMRANGEBYSCORE', online, '-inf', '(' .. string.format('%.0f', batch.now - kept))
    redis.call('PEXPIRE', online, kept)
  end
end

local since = string.format('%.0f', batch.now - batch.window)
local answer = { outcome, math.max(last, sequence), generation, newest, today, total, opening,
  redis.call('ZCOUNT', online, '(' .. since, '+inf'), fresh }
if #batch.pages > 0 then
  for _, score in ipairs(redis.call('ZMSCORE', pages, unpack(batch.pages))) do
    answer[#answer + 1] = tonumber(score or 0)
  end
end
return answer
