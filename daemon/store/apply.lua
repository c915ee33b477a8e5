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
--      11 tallies   list of the day: what batches add to the next three, for fold.lua
--      12 details, 13 referrers, 14 day_pages   fold.lua's; here only of the right type
--      15 repeats   sorted set: visitor and page, hashed -> moment last counted, ms
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
--
-- Calling Redis from Lua costs more than what is called does mostly, so each key is read by one
-- command, which finds out the type too, and written by one with all that is for it.

local marker, totals, days, pages, online, ids, ids_before, ids_after, visits, visitors, tallies, details, referrers,
  day_pages, repeats = unpack(KEYS)
local now, accepted, earliest, day, window, dedupe, repeat_window, kept, pages_max, hits, with_id, stayed, came, viewers,
  moved_from, moved_to, each, tally = unpack(cmsgpack.unpack(ARGV[2]))
local call, may = redis.call, redis.acl_check_cmd
local MARKER_TTL = 90 * 86400
local VISIT_MS = 30 * 60 * 1000 -- who was away for longer comes for a new visit, and is forgotten
local DIGITS = 15 -- below 2^53, where Lua's numbers are still exact
local OTHER = '(other)'
local SOME = 1000

-- Part 1: read and check.

local problem -- the first
local function right(command, key, ...)
  if not problem and not may(command, key, ...) then
    problem = redis.error_reply('NOPERM the user may not run ' .. command .. ' on ' .. key)
  end
end
right('SADD', ids, '')
right('PEXPIRE', ids, '1')
right('HSET', totals, '', '1')
right('HSET', days, '', '1')
right('HSET', visits, '', '1')
right('ZADD', pages, '1', '')
right('PFADD', visitors, '')
right('DEL', visitors)
right('PEXPIRE', visitors, '1')
right('RPUSH', tallies, '')
right('PEXPIRE', tallies, '1')
right('ZADD', online, 'GT', '1', '')
right('ZREM', online, '')
right('ZREMRANGEBYSCORE', online, '0', '1')
right('PEXPIRE', online, '1')
right('ZCOUNT', online, '0', '1')
if repeat_window > 0 then
  right('ZADD', repeats, 'GT', '1', '')
  right('ZREMRANGEBYSCORE', repeats, '0', '1')
  right('PEXPIRE', repeats, '1')
end

local function integer(key, value)
  value = value or '0'
  if #value > DIGITS or not (value == '0' or string.find(value, '^[1-9]%d*$')) then
    problem = problem or redis.error_reply('DAMAGED ' .. key .. ' holds «' .. value .. '», no integer with room')
    return 0
  end
  return tonumber(value)
end

local function is_a(type, key)
  local is = call('TYPE', key).ok
  if is ~= 'none' and is ~= type then
    problem = redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is .. ', not a ' .. type)
  end
end

-- By member of a sorted set, its score; false for one that is not there.
local function scores(key, members)
  local found = {}
  if #members > 0 then
    for i, score in ipairs(call('ZMSCORE', key, unpack(members))) do
      found[members[i]] = tonumber(score or nil) or false
    end
  end
  return found
end

-- Which of the ids are in a set, added to known.
local known = {}
local function look_up(key)
  for i, there in ipairs(call('SMISMEMBER', key, unpack(with_id))) do
    if there == 1 then
      known[with_id[i]] = true
    end
  end
end

local asked, asked_hits = {}, {} -- pages
if tally ~= '' then
  asked, asked_hits = select(2, cmsgpack.unpack_limit(tally, 2))
end
local field = string.format('%04d', day % 10000)
local sequence = tonumber(ARGV[1])
local last, total, total_visits, generation, newest, opening, today, today_visits, viewed, register, leaving

local read, why = pcall(function()
  last = integer(marker, call('GET', marker))
  local stored = call('HMGET', totals, 'hits', 'visits', 'generation', 'newest', 'opening')
  total, total_visits = integer(totals, stored[1]), integer(totals, stored[2])
  generation, newest, opening = integer(totals, stored[3]), integer(totals, stored[4]), integer(totals, stored[5])
  today = integer(days, call('HGET', days, field))
  today_visits = integer(visits, call('HGET', visits, field))
  viewed = scores(pages, asked)
  register = call('GETRANGE', visitors, 0, 3)
  -- Who becomes a new visitor while the batch lasts.
  leaving = call('ZRANGEBYSCORE', online, earliest - VISIT_MS, '(' .. accepted - VISIT_MS, 'LIMIT', 0, SOME)
  if #with_id > 0 then
    look_up(ids)
    for _, key in ipairs({ ids_before, ids_after }) do
      if call('SCARD', key) > 0 then
        look_up(key)
      end
    end
  end
  is_a('list', tallies)
  is_a('zset', details)
  is_a('zset', referrers)
  is_a('zset', day_pages)
  if repeat_window > 0 then
    is_a('zset', repeats)
  end
end)
if not read then
  for type, keys in pairs({ string = { marker, visitors }, hash = { totals, days, visits }, zset = { pages, online },
    set = { ids, ids_before, ids_after } }) do
    for _, key in ipairs(keys) do
      is_a(type, key)
    end
  end
  return problem or error(why, 0)
end
if register ~= '' and register ~= 'HYLL' then
  problem = redis.error_reply('WRONGTYPE ' .. visitors .. ' is no HyperLogLog')
end
if problem then
  return problem
end
if sequence > last + 1 then
  return { -1, last }
end

-- What the payload says of the batch as a whole is true unless some hit of it is known already, a visitor is to be
-- moved from yesterday's name to today's, or is just coming back after VISIT_MS.
local function is_plain()
  if next(known) or repeat_window > 0 or window > VISIT_MS or #leaving == SOME then
    return false
  end
  if #moved_from > 0 then
    for _, at in pairs(scores(online, moved_from)) do
      if at then
        return false
      end
    end
  end
  if #leaving > 0 then
    local gone = {}
    for _, visitor in ipairs(leaving) do
      gone[visitor] = true
    end
    for i = 2, #came, 2 do
      if gone[came[i]] then
        return false
      end
    end
  end
  return true
end

local fresh, opened, repeated, gone, counted_at = hits, 0, 0, {}, {}

-- Each hit and beat by itself: what is not counted is taken away from the sums, who opens a visit is found.
local function look_at_each()
  local page_of, id_of, visitor_of, age_of, kind_of, host_of, kinds, repeat_of = unpack(cmsgpack.unpack(each))
  local detail_names, detail_hits, hosts, host_hits, hosts_max
  if tally ~= '' then
    detail_names, detail_hits, hosts, host_hits, hosts_max = select(3, cmsgpack.unpack(tally))
  end
  local names, present = {}, {}
  for _, list in ipairs({ stayed, came }) do
    for i = 2, #list, 2 do
      names[#names + 1], present[#present + 1] = list[i], list[i]
    end
  end
  for _, visitor in ipairs(moved_from) do
    present[#present + 1] = visitor
  end
  local seen, changed = {}, {}
  for from = 1, #present, SOME do
    for visitor, at in pairs(scores(online, { unpack(present, from, math.min(from + SOME - 1, #present)) })) do
      seen[visitor] = at
    end
  end
  for i, from in ipairs(moved_from) do
    local to, at = moved_to[i], seen[from]
    if at then
      gone[#gone + 1] = from
      seen[from] = false
      seen[to] = math.max(at, seen[to] or at)
      changed[to] = true
    end
  end

  local viewed_at, came_once = repeat_of and scores(repeats, repeat_of) or {}, {}
  viewers = {}
  for i, page in ipairs(page_of) do
    local visitor, id, at = names[visitor_of[i]], with_id[id_of[i]], now - age_of[i]
    if page > 0 then
      local view = repeat_of and repeat_of[i] or ''
      local is_repeated = viewed_at[view] and math.abs(at - viewed_at[view]) < repeat_window
      if (id and known[id]) or is_repeated then
        if not (id and known[id]) then
          repeated = repeated + 1
        end
        fresh = fresh - 1
        asked_hits[page] = asked_hits[page] - 1
        host_hits[host_of[i]] = host_hits[host_of[i]] - 1
        for _, detail in ipairs(kinds[kind_of[i]]) do
          detail_hits[detail] = detail_hits[detail] - 1
        end
      else
        if not came_once[visitor] then
          came_once[visitor] = true
          viewers[#viewers + 1] = visitor
        end
        if not seen[visitor] or at - seen[visitor] > VISIT_MS then
          opened = opened + 1
        end
        if view ~= '' then
          viewed_at[view], counted_at[view] = at, at
        end
      end
      if id then
        known[id] = true
      end
    end
    if not seen[visitor] or at > seen[visitor] then
      seen[visitor] = at
      changed[visitor] = true
    end
  end

  stayed, came = {}, {}
  for visitor in pairs(changed) do
    came[#came + 1] = seen[visitor]
    came[#came + 1] = visitor
  end
  if tally ~= '' then
    if repeated > 0 then
      detail_names[#detail_names + 1], detail_hits[#detail_hits + 1] = 'x:repeat', repeated
    end
    tally = cmsgpack.pack(asked, asked_hits, detail_names, detail_hits, hosts, host_hits, hosts_max, kept)
  end
end

local outcome, plain, views = 0, true, {}
local room -- for so many pages more
for _, page in ipairs(asked) do
  if not viewed[page] then
    room = pages_max - call('ZCARD', pages)
    break
  end
end
if sequence == last + 1 then
  outcome = 1
  plain = is_plain()
  if not plain then
    look_at_each()
  end

  -- The pages that have no room are OTHER.
  local names, other = asked, 0
  for i, page in ipairs(asked) do
    local n = asked_hits[i]
    if n > 0 and not viewed[page] and room <= 0 then
      names = names == asked and { unpack(asked) } or names
      names[i] = OTHER
      other = other + n
    elseif n > 0 then
      if not viewed[page] then
        room = room - 1
      end
      viewed[page] = (viewed[page] or 0) + n
      views[#views + 1] = viewed[page]
      views[#views + 1] = page
    end
  end
  if other > 0 then
    views[#views + 1] = (tonumber(call('ZSCORE', pages, OTHER) or nil) or 0) + other
    views[#views + 1] = OTHER
    tally = cmsgpack.pack(names, asked_hits) .. string.sub(tally, cmsgpack.unpack_limit(tally, 2) + 1)
  end

  -- Part 2: write.

  call('SET', marker, ARGV[1], 'EX', MARKER_TTL)
  if #with_id > 0 then
    call('SADD', ids, unpack(with_id))
    call('PEXPIRE', ids, 2 * dedupe)
  end
  if #stayed + #came > 0 then
    local presence = math.max(VISIT_MS, window)
    call('ZREMRANGEBYSCORE', online, '-inf', '(' .. earliest - presence)
    if #gone > 0 then
      call('ZREM', online, unpack(gone))
    end
    if #stayed > 0 then
      call('ZADD', online, 'GT', unpack(stayed))
    end
    if #came > 0 then
      local absent = call('ZADD', online, 'GT', unpack(came))
      opened = plain and absent or opened
    end
    call('PEXPIRE', online, presence)
  end
  if fresh > 0 then
    total, today = total + fresh, today + fresh
    total_visits, today_visits = total_visits + opened, today_visits + opened
    generation = day < newest and generation + 1 or generation
    newest = math.max(day, newest)
    call('HSET', totals, 'hits', total, 'visits', total_visits, 'generation', generation, 'newest', newest)
    call('HSET', days, field, today)
    if opened > 0 then
      call('HSET', visits, field, today_visits)
    end
    call('ZADD', pages, unpack(views))
    -- One that is damaged within is begun anew: it holds an estimate, and no hit may hang on it.
    local added = redis.pcall('PFADD', visitors, unpack(viewers))
    if type(added) == 'table' then
      call('DEL', visitors)
      call('PFADD', visitors, unpack(viewers))
      register = ''
    end
    if register == '' then
      call('PEXPIRE', visitors, kept)
    end
  end
  if tally ~= '' and call('RPUSH', tallies, tally) == 1 then
    call('PEXPIRE', tallies, kept)
  end
  if next(counted_at) then
    for view, at in pairs(counted_at) do
      call('ZADD', repeats, 'GT', at, view)
    end
    call('ZREMRANGEBYSCORE', repeats, '-inf', '(' .. accepted - repeat_window)
    call('PEXPIRE', repeats, repeat_window)
  end
end

local answer = { outcome, math.max(last, sequence), generation, newest, today, total, today_visits, total_visits, opening,
  call('ZCOUNT', online, '(' .. now - window, '+inf'), fresh, opened, repeated }
for _, page in ipairs(asked) do
  answer[#answer + 1] = viewed[page] or (room <= 0 and -1 or 0)
end
return answer
