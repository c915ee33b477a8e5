-- apply.lua - apply one batch of one site, exactly once.
--
-- KEYS  1 marker    the last sequence of this writer that was applied
--       2 totals    hash: hits, visits, generation, newest, opening
--       3 days      hash of one year: mmdd -> hits
--       4 pages     hash: path -> views
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
-- Calling Redis from Lua costs more than most of what is called: each key is read by one command, which finds out its type
-- too, and written by one.  A number costs 2,300 instructions to become an argument, so what can be is text already.

local marker, totals, days, pages, online, ids, ids_before, ids_after, visits, visitors, tallies, details, referrers,
  day_pages, repeats = unpack(KEYS)
local day, field, leaving_from, leaving_to, forgotten, since, presence_ttl, ids_ttl, kept, pages_max, as_a_whole, hits, with_id,
  stayed, came, viewers, moved_from, moved_to, each, tally = cmsgpack.unpack(ARGV[2])
local call, may, format = redis.call, redis.acl_check_cmd, string.format
local MARKER_TTL = '7776000' -- 90 days, in s
local VISIT_MS = 30 * 60 * 1000 -- who was away for longer comes for a new visit, and is forgotten
local DIGITS = 15 -- below 2^53, where Lua's numbers are still exact
local OTHER = '(other)'
local SOME = 1000

-- Part 1: read and check.

local problem -- the first
if not (may('SADD', ids, '') and may('PEXPIRE', ids, '1') and may('HSET', totals, '', '1') and may('HSET', days, '', '1') and
  may('HSET', visits, '', '1') and may('HSET', pages, '', '1') and may('PFADD', visitors, '') and may('DEL', visitors) and
  may('PEXPIRE', visitors, '1') and may('RPUSH', tallies, '') and may('PEXPIRE', tallies, '1') and
  may('ZADD', online, 'GT', '1', '') and may('ZREM', online, '') and may('ZREMRANGEBYSCORE', online, '0', '1') and
  may('PEXPIRE', online, '1') and may('ZCOUNT', online, '0', '1') and (as_a_whole or may('ZADD', repeats, 'GT', '1', '') and
  may('ZREMRANGEBYSCORE', repeats, '0', '1') and may('PEXPIRE', repeats, '1'))) then
  for _, command in ipairs({ { 'SADD', '' }, { 'PEXPIRE', '1' }, { 'HSET', '', '1' }, { 'PFADD', '' }, { 'DEL' },
    { 'RPUSH', '' }, { 'ZADD', 'GT', '1', '' }, { 'ZREM', '' }, { 'ZREMRANGEBYSCORE', '0', '1' }, { 'ZCOUNT', '0', '1' } }) do
    for _, key in ipairs(KEYS) do
      if not problem and not may(command[1], key, unpack(command, 2)) then
        problem = redis.error_reply('NOPERM the user may not run ' .. command[1] .. ' on ' .. key)
      end
    end
  end
  return problem
end

local function integer(key, value)
  if not value then
    return 0
  end
  if #value > DIGITS or not string.find(value, '^[1-9]%d*$') and value ~= '0' then
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

-- What a text consists of: names of 8 bytes, or moments of 13 and names by turns.
local function list_of(text, form, size)
  local n = #text / size
  local list = { struct.unpack(string.rep(form, n), text) }
  list[#list] = nil -- where struct.unpack() has stopped
  return list
end
local function names_in(text)
  return list_of(text, 'c8', 8)
end
local function presence_in(text)
  return list_of(text, 'c13c8', 21)
end
local id_list = names_in(with_id)

-- Which of the ids are in a set, added to known.
local known = {}
local function look_up(key)
  for i, there in ipairs(call('SMISMEMBER', key, unpack(id_list))) do
    if there == 1 then
      known[id_list[i]] = true
    end
  end
end

local asked, asked_hits = {}, {} -- pages
if tally ~= '' then
  asked, asked_hits = select(2, cmsgpack.unpack_limit(tally, 2))
end
local sequence = tonumber(ARGV[1])
local last, total, total_visits, generation, newest, opening, today, today_visits, register, leaving
local viewed, room = {}, nil -- by the numbers of asked; for so many pages more, where one is new

local read, why = pcall(function()
  last = integer(marker, call('GET', marker))
  local stored = call('HMGET', totals, 'hits', 'visits', 'generation', 'newest', 'opening')
  total, total_visits = integer(totals, stored[1]), integer(totals, stored[2])
  generation, newest, opening = integer(totals, stored[3]), integer(totals, stored[4]), integer(totals, stored[5])
  today = integer(days, call('HGET', days, field))
  today_visits = integer(visits, call('HGET', visits, field))
  viewed = #asked > 0 and call('HMGET', pages, unpack(asked)) or viewed
  for i, views in ipairs(viewed) do
    room = room or not views and pages_max - call('HLEN', pages)
    viewed[i] = views and integer(pages, views)
  end
  register = call('GETRANGE', visitors, '0', '3')
  -- Who becomes a new visitor while the batch lasts.
  leaving = call('ZRANGEBYSCORE', online, leaving_from, leaving_to, 'LIMIT', '0', '1000')
  if #id_list > 0 then
    look_up(ids)
    if call('EXISTS', ids_before, ids_after) > 0 then
      look_up(ids_before)
      look_up(ids_after)
    end
  end
  if call('LLEN', tallies) == 0 then -- else a batch before this one has found them right
    is_a('hash', details)
    is_a('hash', referrers)
    is_a('hash', day_pages)
  end
  if not as_a_whole then
    is_a('zset', repeats)
  end
end)
if not read then
  for type, keys in pairs({ string = { marker, visitors }, hash = { totals, days, visits, pages }, zset = { online },
    set = { ids, ids_before, ids_after }, list = { tallies } }) do
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
if sequence <= last then
  hits = 0 -- they were counted then
end

-- By member of a sorted set, its score; false for one that is not there.
local function scores(key, members)
  local found = {}
  for from = 1, #members, SOME do
    local to = math.min(from + SOME - 1, #members)
    for i, score in ipairs(call('ZMSCORE', key, unpack(members, from, to))) do
      found[members[from + i - 1]] = tonumber(score or nil) or false
    end
  end
  return found
end

-- What the payload says of the batch as a whole is true unless some hit of it is known already, a visitor is to be
-- moved from yesterday's name to today's, or is just coming back after VISIT_MS.
local function is_plain()
  if not as_a_whole or next(known) or #leaving == SOME then
    return false
  end
  if moved_from ~= '' then
    for _, at in pairs(scores(online, names_in(moved_from))) do
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
    for i = 14, #came, 21 do
      if gone[string.sub(came, i, i + 7)] then
        return false
      end
    end
  end
  return true
end

local fresh, opened, repeated, gone, counted_at, repeats_forgotten, repeats_ttl = hits, 0, 0, {}, {}, nil, nil

-- Each hit and beat by itself: what is not counted is taken away from the sums, who opens a visit is found.
local function look_at_each()
  local now, accepted, repeat_window, page_of, id_of, visitor_of, age_of, kind_of, host_of, kinds, repeat_of = cmsgpack.unpack(each)
  local detail_names, detail_hits, hosts, host_hits, hosts_max, details_kept
  if tally ~= '' then
    detail_names, detail_hits, hosts, host_hits, hosts_max, details_kept = select(3, cmsgpack.unpack(tally))
  end
  local from_list, to_list = names_in(moved_from), names_in(moved_to)
  local all, names, present = stayed .. came, {}, names_in(moved_from)
  for i = 14, #all, 21 do
    names[#names + 1] = string.sub(all, i, i + 7)
    present[#present + 1] = names[#names]
  end
  local seen, changed = scores(online, present), {}
  for i, from in ipairs(from_list) do
    local to, at = to_list[i], seen[from]
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
    local visitor, id, at = names[visitor_of[i]], id_list[id_of[i]], now - age_of[i]
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

  local presence = {}
  for visitor in pairs(changed) do
    presence[#presence + 1] = format('%013.0f', seen[visitor])
    presence[#presence + 1] = visitor
  end
  stayed, came, viewers = '', table.concat(presence), table.concat(viewers)
  if tally ~= '' then
    if repeated > 0 then
      detail_names[#detail_names + 1], detail_hits[#detail_hits + 1] = 'x:repeat', repeated
    end
    tally = cmsgpack.pack(asked, asked_hits, detail_names, detail_hits, hosts, host_hits, hosts_max, details_kept)
  end
  repeats_forgotten, repeats_ttl = '(' .. format('%.0f', accepted - repeat_window), format('%.0f', repeat_window)
end

local outcome, plain, views = 0, nil, {}
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
    if n > 0 and not viewed[i] and room <= 0 then
      names = names == asked and { unpack(asked) } or names
      names[i] = OTHER
      other = other + n
    elseif n > 0 then
      if not viewed[i] then
        room = room - 1
      end
      viewed[i] = (viewed[i] or 0) + n
      views[#views + 1] = page
      views[#views + 1] = format('%d', viewed[i])
    end
  end
  if other > 0 then
    views[#views + 1] = OTHER
    views[#views + 1] = format('%d', integer(pages, call('HGET', pages, OTHER)) + other)
    tally = cmsgpack.pack(names, asked_hits) .. string.sub(tally, cmsgpack.unpack_limit(tally, 2) + 1)
    if problem then
      return problem
    end
  end

  -- Part 2: write.

  call('SET', marker, ARGV[1], 'EX', MARKER_TTL)
  if #id_list > 0 then
    call('SADD', ids, unpack(id_list))
    call('PEXPIRE', ids, ids_ttl)
  end
  if stayed ~= '' or came ~= '' then
    call('ZREMRANGEBYSCORE', online, '-inf', forgotten)
    if #gone > 0 then
      call('ZREM', online, unpack(gone))
    end
    if stayed ~= '' then
      call('ZADD', online, 'GT', unpack(presence_in(stayed)))
    end
    if came ~= '' then
      local absent = call('ZADD', online, 'GT', unpack(presence_in(came)))
      opened = plain and absent or opened
    end
    call('PEXPIRE', online, presence_ttl)
  end
  if fresh > 0 then
    local changes = { 'hits', format('%d', total + fresh) }
    total, today = total + fresh, today + fresh
    if opened > 0 then
      total_visits, today_visits = total_visits + opened, today_visits + opened
      changes[3], changes[4] = 'visits', format('%d', total_visits)
      call('HSET', visits, field, format('%d', today_visits))
    end
    if day < newest then
      generation = generation + 1
      changes[#changes + 1], changes[#changes + 2] = 'generation', generation
    elseif day > newest then
      newest = day
      changes[#changes + 1], changes[#changes + 2] = 'newest', newest
    end
    call('HSET', totals, unpack(changes))
    call('HSET', days, field, format('%d', today))
    call('HSET', pages, unpack(views))
    -- One that is damaged within is begun anew: it holds an estimate, and no hit may hang on it.
    local added = redis.pcall('PFADD', visitors, unpack(names_in(viewers)))
    if type(added) == 'table' then
      call('DEL', visitors)
      call('PFADD', visitors, unpack(names_in(viewers)))
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
    call('ZREMRANGEBYSCORE', repeats, '-inf', repeats_forgotten)
    call('PEXPIRE', repeats, repeats_ttl)
  end
end

local answer = { outcome, math.max(last, sequence), generation, newest, today, total, today_visits, total_visits, opening,
  call('ZCOUNT', online, since, '+inf'), fresh, opened, repeated }
for i = 1, #asked do
  answer[13 + i] = viewed[i] or (room <= 0 and -1 or 0)
end
return answer
