-- apply.lua - apply one batch of one site, exactly once.
--
-- KEYS  1 marker    the last sequence of this writer that was applied
--       2 totals    hash: hits, visits, generation, newest, opening
--       3 days      hash of one year: mmdd -> hits
--       4 pages     sorted set: path -> views
--       5 online    sorted set: visitor -> moment last seen, ms
--       6, 7, 8 ids sets of hit ids: this window's, the one before and the one
--                   after, where a retry's lies that was faster than its first try
--       9 visits    hash of one year: mmdd -> visits
--      10 visitors  HyperLogLog of the day's visitors
--      11 details   sorted set of the day: «c:VN», «b:Chrome» … -> hits, «x:bot» … -> refused ones
--      12 referrers sorted set of the day: host -> hits
--      13 day_pages sorted set of the day: path -> views
--      14 repeats   sorted set: visitor and page, hashed -> moment last counted, ms
-- ARGV  1 sequence
--       2 payload   MessagePack, written by payload.c, which says what is in it
--
-- Answers { outcome, last, generation, newest, today, total, today_visits,
-- total_visits, opening, online, counted, visits, repeated, views … }: counted,
-- visits and repeated are of this batch, then follow the views of the payload's
-- pages in their order, -1 for one that is counted under «(other)».  outcome 1:
-- applied now, 0: was applied before, -1: a batch before this one is missing, and
-- then only { -1, last } is answered.
--
-- Redis does not roll a script back.  So the first part reads and checks
-- all that the second relies on and writes nothing; the second begins with
-- the marker, whose SET fails cleanly when memory is full, and after it
-- nothing can fail: the rights to all of it are asked for as well, since they
-- may be taken from a connected user (0.12 µs each, Redis 7.0).

local marker, totals, days, pages, online, ids, ids_before, ids_after, visits, visitors, details, referrers, day_pages,
  repeats = unpack(KEYS)
local MARKER_TTL = 90 * 86400
local VISIT_MS = 30 * 60 * 1000 -- who was away for longer comes for a new visit, and is forgotten
local DIGITS = 15 -- below 2^53, where Lua's numbers are still exact
local OTHER = '(other)'

-- Part 1: read and check.

local is = {}
for want, keys in pairs({ string = { marker, visitors }, hash = { totals, days, visits },
  zset = { pages, online, details, referrers, day_pages, repeats }, set = { ids, ids_before, ids_after } }) do
  for _, key in ipairs(keys) do
    is[key] = redis.call('TYPE', key).ok
    if is[key] ~= 'none' and is[key] ~= want then
      return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is[key] .. ', not a ' .. want)
    end
  end
end
if is[visitors] == 'string' and redis.call('GETRANGE', visitors, 0, 3) ~= 'HYLL' then
  return redis.error_reply('WRONGTYPE ' .. visitors .. ' is no HyperLogLog')
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
  { 'HINCRBY', days, '', '1' }, { 'HINCRBY', visits, '', '1' }, { 'ZINCRBY', pages, '1', '' }, { 'ZINCRBY', details, '1', '' },
  { 'ZINCRBY', referrers, '1', '' }, { 'ZINCRBY', day_pages, '1', '' }, { 'ZADD', repeats, 'GT', '1', '' },
  { 'PFADD', visitors, '' }, { 'DEL', visitors }, { 'PEXPIRE', visitors, '1' }, { 'ZADD', online, 'GT', '1', '' },
  { 'ZREM', online, '' }, { 'ZREMRANGEBYSCORE', online, '0', '1' }, { 'ZCOUNT', online, '0', '1' }, { 'ZMSCORE', pages, '' },
  { 'ZCARD', pages } }) do
  if not redis.acl_check_cmd(unpack(command)) then
    return redis.error_reply('NOPERM the user may not run ' .. command[1] .. ' on ' .. command[2])
  end
end

local batch = cmsgpack.unpack(ARGV[2])
local field = string.format('%04d', batch.day % 10000)
local sequence = tonumber(ARGV[1])
local last = integer(marker, redis.call('GET', marker))
local stored = redis.call('HMGET', totals, 'hits', 'visits', 'generation', 'newest', 'opening')
local total = integer(totals, stored[1])
local total_visits = integer(totals, stored[2])
local generation = integer(totals, stored[3])
local newest = integer(totals, stored[4])
local opening = integer(totals, stored[5])
local today = integer(days, redis.call('HGET', days, field))
local today_visits = integer(visits, redis.call('HGET', visits, field))
if damaged then
  return damaged
end
if sequence > last + 1 then
  return { -1, last }
end

-- The scores of members of a sorted set, by member; false for one that is not there.
local function scores(key, members)
  local found = {}
  if #members > 0 then
    for i, score in ipairs(redis.call('ZMSCORE', key, unpack(members))) do
      found[members[i]] = tonumber(score or nil) or false
    end
  end
  return found
end

local function add(sums, name, n)
  sums[name] = (sums[name] or 0) + n
end

-- Sums by name, those that have no room in a set of at most so many members under OTHER.
local function within(key, most, sums)
  local names = {}
  for name in pairs(sums) do
    names[#names + 1] = name
  end
  local known, room, result = scores(key, names), nil, {}
  for name, n in pairs(sums) do
    if not known[name] then
      room = room or most - redis.call('ZCARD', key)
      if room <= 0 then
        name = OTHER
      end
      room = room - 1
    end
    add(result, name, n)
  end
  return result
end

local outcome, fresh, opened, repeated = 0, 0, 0, 0
if sequence == last + 1 then
  outcome = 1
  local count = #batch.visitor_of

  -- A hit without an id ('') is always fresh.
  local known, with_id = {}, {}
  for _, id in ipairs(batch.id_of) do
    if id ~= '' then
      with_id[#with_id + 1] = id
    end
  end
  if #with_id > 0 then
    for _, key in ipairs({ ids, ids_before, ids_after }) do
      for i, there in ipairs(redis.call('SMISMEMBER', key, unpack(with_id))) do
        known[with_id[i]] = known[with_id[i]] or there == 1
      end
    end
  end

  -- When each visitor was last seen.  Shortly after midnight one may be there under yesterday's
  -- name, and is moved to today's.
  local asked, listed = {}, {}
  for _, list in ipairs({ batch.visitor_of, batch.moved_from }) do
    for _, visitor in ipairs(list) do
      if not listed[visitor] then
        listed[visitor] = true
        asked[#asked + 1] = visitor
      end
    end
  end
  local seen, changed, gone = scores(online, asked), {}, {}
  for i, from in ipairs(batch.moved_from) do
    local to, at = batch.moved_to[i], seen[from]
    if at then
      gone[#gone + 1] = from
      seen[from] = false
      seen[to] = math.max(at, seen[to] or at)
      changed[to] = true
    end
  end
  local viewed = batch.repeat_of and scores(repeats, batch.repeat_of) or {}

  -- One hit or beat after the other.
  local views, kinds, hosts, came, came_once, counted_at = {}, {}, {}, {}, {}, {}
  for i = 1, count do
    local visitor, page, id, at = batch.visitor_of[i], batch.page_of[i], batch.id_of[i], batch.now - batch.age_of[i]
    if page > 0 and not known[id] then
      known[id] = id ~= ''
      local view = batch.repeat_of and batch.repeat_of[i] or ''
      if viewed[view] and math.abs(at - viewed[view]) < batch.repeat_window then
        repeated = repeated + 1
      else
        fresh = fresh + 1
        add(views, batch.pages[page], 1)
        add(kinds, batch.kind_of[i], 1)
        add(hosts, batch.hosts[batch.host_of[i]], 1)
        if not came_once[visitor] then
          came_once[visitor] = true
          came[#came + 1] = visitor
        end
        if not seen[visitor] or at - seen[visitor] > VISIT_MS then
          opened = opened + 1
        end
        if view ~= '' then
          viewed[view], counted_at[view] = at, at
        end
      end
    end
    if not seen[visitor] or at > seen[visitor] then
      seen[visitor] = at
      changed[visitor] = true
    end
  end
  views = within(pages, batch.pages_max, views)
  hosts = within(referrers, batch.hosts_max, hosts)
  local tally = {}
  for kind, n in pairs(kinds) do
    for _, name in ipairs(batch.kinds[kind]) do
      add(tally, name, n)
    end
  end
  for reason, n in pairs(batch.refused) do
    add(tally, 'x:' .. reason, n)
  end
  if repeated > 0 then
    add(tally, 'x:repeat', repeated)
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
    if opened > 0 then
      total_visits = redis.call('HINCRBY', totals, 'visits', opened)
      today_visits = redis.call('HINCRBY', visits, field, opened)
    end
    for page, n in pairs(views) do
      redis.call('ZINCRBY', pages, n, page)
      redis.call('ZINCRBY', day_pages, n, page)
    end
    for host, n in pairs(hosts) do
      redis.call('ZINCRBY', referrers, n, host)
    end
    -- One that is damaged within is begun anew: it holds an estimate, and no hit may hang on it.
    local added = redis.pcall('PFADD', visitors, unpack(came))
    if type(added) == 'table' then
      redis.call('DEL', visitors)
      redis.call('PFADD', visitors, unpack(came))
      is[visitors] = 'none'
    end
    if batch.day < newest then
      generation = redis.call('HINCRBY', totals, 'generation', 1)
    elseif batch.day > newest then
      newest = batch.day
      redis.call('HSET', totals, 'newest', newest)
    end
  end
  for name, n in pairs(tally) do
    redis.call('ZINCRBY', details, n, name)
  end
  for _, key in ipairs({ visitors, details, referrers, day_pages }) do
    if is[key] == 'none' then
      redis.call('PEXPIRE', key, batch.kept)
    end
  end
  local presence = {}
  for visitor in pairs(changed) do
    presence[#presence + 1] = seen[visitor]
    presence[#presence + 1] = visitor
  end
  if #gone > 0 then
    redis.call('ZREM', online, unpack(gone))
  end
  if #presence > 0 then
    redis.call('ZADD', online, 'GT', unpack(presence))
    local kept = math.max(VISIT_MS, batch.window)
    redis.call('ZREMRANGEBYSCORE', online, '-inf', '(' .. string.format('%.0f', batch.accepted - kept))
    redis.call('PEXPIRE', online, kept)
  end
  if next(counted_at) then
    for view, at in pairs(counted_at) do
      redis.call('ZADD', repeats, 'GT', at, view)
    end
    redis.call('ZREMRANGEBYSCORE', repeats, '-inf', '(' .. string.format('%.0f', batch.accepted - batch.repeat_window))
    redis.call('PEXPIRE', repeats, batch.repeat_window)
  end
end

local since = string.format('%.0f', batch.now - batch.window)
local answer = { outcome, math.max(last, sequence), generation, newest, today, total, today_visits, total_visits, opening,
  redis.call('ZCOUNT', online, '(' .. since, '+inf'), fresh, opened, repeated }
if #batch.pages > 0 then
  local full
  for _, score in ipairs(redis.call('ZMSCORE', pages, unpack(batch.pages))) do
    if not score then
      full = full or (redis.call('ZCARD', pages) >= batch.pages_max and -1 or 0)
    end
    answer[#answer + 1] = tonumber(score or full)
  end
end
return answer
