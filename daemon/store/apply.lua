-- apply.lua - apply one batch of one site, exactly once.
--
-- KEYS  1 marker    the last sequence of this writer that was applied
--       2 counts    hash: hits, visits, generation, newest, opening, writer (whose batch
--                   was counted last), and of each day yyyymmdd -> hits, vyyyymmdd -> visits
--       3 pages     hash: path -> views
--       4 online    sorted set: visitor -> moment last seen, ms
--       5, 6, 7 ids sets of hit ids: this window's, the one before and the one
--                   after, where a retry's lies that was faster than its first try
--       8 tallies   list of the day: what batches add to the rest, for fold.lua
--       9 repeats   sorted set: visitor and page, hashed -> moment last counted, ms
-- ARGV  1 sequence
--       2 payload   written by payload.c; payload.h says what is in it
--       3 writer
--
-- Answers { outcome, last, generation, newest, today, total, today_visits,
-- total_visits, opening, online, counted, visits, repeated, views, alone,
-- pages_n, ids_held, ids_before_n, ids_after_n, present }: counted, visits and repeated are
-- of this batch; views is a text of the payload's pages in their order, -1 for
-- one that is counted under «(other)»; alone is 1 if nobody else has counted
-- since this writer's batch before; the rest is how much there is then.  outcome 1: applied now, 0: was applied
-- before, -1: a batch before this one is missing, and then only { -1, last } is
-- answered.
--
-- Redis does not roll a script back.  So the first part reads and checks
-- all that the second relies on and writes nothing; the second begins with
-- the marker, whose SET fails cleanly when memory is full, and after it
-- nothing can fail: the rights to all of it are asked for as well, since they
-- may be taken from a connected user.
--
-- Calling Redis from Lua costs more than most of what is called (a read 4,000
-- instructions, a write 9,000, a right 1,500: Redis 7.0), so each key is read by
-- one command, which finds out its type too, and written by one, and times to
-- live are set where there is none, or too short a one.  A number costs
-- 2,000 to become an argument, so what can be is text already; a text ten for
-- each of its bytes, so names are taken from the payload where they lie; and a
-- function a thousand to be made, so what is needed once, or rarely, is none.

local marker, counts, pages, online, ids, ids_before, ids_after, tallies, repeats = unpack(KEYS)
local sequence, payload, writer = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local tail, day, field, leaving_to, forgotten, since, presence_ttl, ids_ttl, kept, pages_max, as_a_whole, hits, ids_n, stayed_n,
  came_n, moved_n, each_size = cmsgpack.unpack_limit(payload, 16, 0)
local call, try, may, format = redis.call, redis.pcall, redis.acl_check_cmd, string.format
local MARKER_TTL = '7776000' -- 90 days, in s; a daemon renews it
local VISIT_MS = 30 * 60 * 1000 -- who was away for longer comes for a new visit, and is forgotten
local DIGITS = 15 -- below 2^53, where Lua's numbers are still exact
local OTHER = '(other)'
local SOME = 1000
local RENEW_MS = 60 * 1000 -- presence's time to live is so much longer when it is set, and so set that seldom
local TAG = 16 -- bytes

-- What follows those values: ids of 8 bytes, moments of 13 and visitors of 8 by turns, of those who stayed and of those
-- who came, the names of visitors yesterday and today, what has to be known of each hit, what is to be tallied.
local ids_at = tail + 1
local presence_at = ids_at + 8 * ids_n
local moved_at = presence_at + 21 * (stayed_n + came_n)
local each_at = moved_at + 16 * moved_n
local tally_at = each_at + each_size
local has_tally = tally_at <= #payload

local function names_at(at, n, form)
  if n == 0 then
    return {}
  end
  local list = { struct.unpack(string.rep(form or 'c8', n), payload, at) }
  list[#list] = nil -- where struct.unpack() has stopped
  return list
end
local id_list = names_at(ids_at, ids_n)
local stayed = names_at(presence_at, stayed_n, 'c13c8')
local came = names_at(presence_at + 21 * stayed_n, came_n, 'c13c8')

-- Part 1: read and check.

local last, total, total_visits, generation, newest, opening, today, today_visits, alone
local pages_n, ids_held, ids_before_n, ids_after_n = 0, 0, 0, 0 -- where it is looked
local renews_online, renews_ids = #stayed + #came > 0 and call('PTTL', online) < presence_ttl, false
local known = {} -- ids
local asked, asked_hits = {}, {} -- pages
local viewed, room = {}, nil -- by the numbers of asked; for so many pages more
local visits_field = 'v' .. field
local problem -- the first

-- Who is a new visitor when he comes again, or becomes one while the batch lasts; whether one does.
local leaving = try('ZRANGEBYSCORE', online, '-inf', leaving_to, 'LIMIT', '0', '1000')
local comes_back = #leaving >= SOME
if #leaving > 0 and not comes_back then
  local is_leaving = {}
  for _, visitor in ipairs(leaving) do
    is_leaving[visitor] = true
  end
  for i = 2, #came, 2 do
    comes_back = comes_back or is_leaving[came[i]]
  end
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

local read, why = pcall(function()
  last = integer(marker, call('GET', marker))
  local stored = call('HMGET', counts, 'hits', 'visits', 'generation', 'newest', 'opening', field, visits_field, 'writer')
  total, total_visits = integer(counts, stored[1]), integer(counts, stored[2])
  generation, newest, opening = integer(counts, stored[3]), integer(counts, stored[4]), integer(counts, stored[5])
  today, today_visits, alone = integer(counts, stored[6]), integer(counts, stored[7]), stored[8] == writer
  if has_tally then
    asked, asked_hits = select(2, cmsgpack.unpack_limit(payload, 2, tally_at + TAG - 1))
  end
  viewed = #asked > 0 and call('HMGET', pages, unpack(asked)) or viewed
  for i, views in ipairs(viewed) do
    viewed[i] = views and integer(pages, views)
  end
  pages_n = call('HLEN', pages)
  room = pages_max - pages_n
  ids_before_n, ids_held, ids_after_n = call('SCARD', ids_before), call('SCARD', ids), call('SCARD', ids_after)
  if ids_n > 0 then
    renews_ids = call('PTTL', ids) < 0
    for set, n in pairs({ [ids] = ids_held, [ids_before] = ids_before_n, [ids_after] = ids_after_n }) do
      for i, there in ipairs(n > 0 and call('SMISMEMBER', set, unpack(id_list)) or {}) do
        if there == 1 then
          known[id_list[i]] = true
        end
      end
    end
  end
  call('LLEN', tallies)
  if not as_a_whole then
    call('ZMSCORE', repeats, '')
  end
end)
if not read or leaving.err then
  for wanted, keys in pairs({ string = { marker }, hash = { counts, pages }, zset = { online, repeats },
    set = { ids, ids_before, ids_after }, list = { tallies } }) do
    for _, key in ipairs(keys) do
      local is = call('TYPE', key).ok
      if is ~= 'none' and is ~= wanted then
        problem = redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is .. ', not a ' .. wanted)
      end
    end
  end
  return problem or error(why or leaving.err, 0)
end
if problem then
  return problem
end
if sequence > last + 1 then
  return { -1, last }
end

local outcome = sequence == last + 1 and 1 or 0
local fresh, opened, repeated = outcome * hits, 0, 0
if outcome == 1 then
  local tally = has_tally and string.sub(payload, tally_at)
  local gone, counted_at, repeats_forgotten, repeats_ttl = {}, {}, nil, nil

  -- What the payload says of the batch as a whole is true unless some hit of it is known already, a visitor is just
  -- coming back after VISIT_MS, or is to be moved from yesterday's name to today's.
  local plain = as_a_whole and not next(known) and not comes_back
  if not plain or moved_n > 0 then
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
    local from_list, to_list = names_at(moved_at, moved_n), names_at(moved_at + 8 * moved_n, moved_n)
    local names, present = {}, { unpack(from_list) }
    for _, list in ipairs({ stayed, came }) do
      for i = 2, #list, 2 do
        names[#names + 1] = list[i]
        present[#present + 1] = list[i]
      end
    end
    local seen, changed = scores(online, present), {}
    for _, from in ipairs(from_list) do
      plain = plain and not seen[from]
    end

    -- Each hit and beat by itself: what is not counted is taken away from the sums, who opens a visit is found.
    if not plain then
      local now, accepted, repeat_window, page_of, id_of, visitor_of, age_of, kind_of, host_of, kinds, repeat_of =
        cmsgpack.unpack(string.sub(payload, each_at, tally_at - 1))
      local details, detail_hits, hosts, host_hits, hosts_max, details_kept
      if has_tally then
        details, detail_hits, hosts, host_hits, hosts_max, details_kept = select(4, cmsgpack.unpack_limit(tally, 8, TAG))
      end
      for i, from in ipairs(from_list) do
        local to, at = to_list[i], seen[from]
        if at then
          gone[#gone + 1] = from
          seen[from] = false
          seen[to] = math.max(at, seen[to] or at)
          changed[to] = true
        end
      end

      local viewed_at, viewers, is_viewer = repeat_of and scores(repeats, repeat_of) or {}, {}, {}
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
            if not is_viewer[visitor] then
              is_viewer[visitor] = true
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
        came[#came + 1] = format('%013.0f', seen[visitor])
        came[#came + 1] = visitor
      end
      if has_tally then
        if repeated > 0 then
          details[#details + 1], detail_hits[#detail_hits + 1] = 'x:repeat', repeated
        end
        tally = string.sub(tally, 1, TAG) .. cmsgpack.pack(asked, asked_hits, details, detail_hits, hosts, host_hits,
          hosts_max, details_kept, table.concat(viewers))
      end
      repeats_forgotten, repeats_ttl = '(' .. format('%.0f', accepted - repeat_window), format('%.0f', repeat_window)
    end
  end

  -- Pages that have no room are OTHER.
  local views, names, other = {}, asked, 0
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
      viewed[i] = format('%d', (viewed[i] or 0) + n)
      views[#views + 1] = page
      views[#views + 1] = viewed[i]
    end
  end
  if other > 0 then
    views[#views + 1] = OTHER
    views[#views + 1] = format('%d', integer(pages, call('HGET', pages, OTHER)) + other)
    tally = string.sub(tally, 1, TAG) .. cmsgpack.pack(names, asked_hits) ..
      string.sub(tally, cmsgpack.unpack_limit(tally, 2, TAG) + 1)
  end

  if not (may('SADD', ids, '') and may('HSET', counts, '', '1') and may('HSET', pages, '', '1') and
    may('RPUSH', tallies, '') and may('ZADD', online, 'GT', '1', '') and may('ZCOUNT', online, '0', '1') and
    may('ZCARD', online) and may('PEXPIRE', tallies, '1') and (not renews_ids or may('PEXPIRE', ids, '1')) and
    (not renews_online or may('PEXPIRE', online, '1')) and
    (#leaving == 0 or may('ZREMRANGEBYSCORE', online, '0', '1')) and (#gone == 0 or may('ZREM', online, '')) and
    (as_a_whole or may('ZADD', repeats, 'GT', '1', '') and may('ZREMRANGEBYSCORE', repeats, '0', '1') and
    may('PEXPIRE', repeats, '1'))) then
    for _, command in ipairs({ { 'SADD', '' }, { 'HSET', '', '1' }, { 'RPUSH', '' }, { 'ZADD', 'GT', '1', '' },
      { 'ZCOUNT', '0', '1' }, { 'ZCARD' }, { 'PEXPIRE', '1' }, { 'ZREMRANGEBYSCORE', '0', '1' }, { 'ZREM', '' } }) do
      for _, key in ipairs(KEYS) do
        if not may(command[1], key, unpack(command, 2)) then
          problem = problem or redis.error_reply('NOPERM the user may not run ' .. command[1] .. ' on ' .. key)
        end
      end
    end
  end
  if problem then
    return problem
  end

  -- Part 2: write.

  if last > 0 then
    call('SET', marker, ARGV[1], 'KEEPTTL')
  else
    call('SET', marker, ARGV[1], 'EX', MARKER_TTL)
  end
  if ids_n > 0 then
    ids_held = ids_held + call('SADD', ids, unpack(id_list))
    if renews_ids then
      call('PEXPIRE', ids, ids_ttl)
    end
  end
  if #stayed > 0 then
    call('ZADD', online, 'GT', unpack(stayed))
  end
  if #came > 0 then
    local absent = call('ZADD', online, 'GT', unpack(came))
    opened = plain and absent or opened
  end
  -- Behind those who are added: a key that was empty in between would have lost its time to live.
  if #leaving > 0 then
    call('ZREMRANGEBYSCORE', online, '-inf', forgotten)
  end
  if #gone > 0 then
    call('ZREM', online, unpack(gone))
  end
  if renews_online then
    call('PEXPIRE', online, presence_ttl + RENEW_MS)
  end
  -- Of who only keeps visitors present, too: others' forecasts would not know of them.  Robots alone change nothing that is
  -- forecast, so they disturb nobody, but for a writer's first batch, after which it is alone itself.
  local is_of_robots = fresh == 0 and #stayed + #came + ids_n == 0
  local changes = (alone or last > 0 and is_of_robots) and {} or { 'writer', writer }
  if fresh > 0 then
    total, today = total + fresh, today + fresh
    for _, change in ipairs({ 'hits', format('%d', total), field, format('%d', today) }) do
      changes[#changes + 1] = change
    end
    if day ~= newest then
      generation = day < newest and generation + 1 or generation
      changes[#changes + 1] = day < newest and 'generation' or 'newest'
      changes[#changes + 1] = day < newest and generation or field
      newest = math.max(day, newest)
    end
    if opened > 0 then
      total_visits, today_visits = total_visits + opened, today_visits + opened
      for _, change in ipairs({ 'visits', format('%d', total_visits), visits_field, format('%d', today_visits) }) do
        changes[#changes + 1] = change
      end
    end
    pages_n = pages_n + call('HSET', pages, unpack(views))
  end
  if #changes > 0 then
    call('HSET', counts, unpack(changes))
  end
  if has_tally and call('RPUSH', tallies, tally) == 1 then
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

for i = 1, #asked do
  local views = viewed[i] or (room <= 0 and -1 or 0)
  viewed[i] = type(views) == 'number' and format('%.0f', views) or views
end
local seen_n = call('ZCOUNT', online, since, '+inf')
return { outcome, math.max(last, sequence), generation, newest, today, total, today_visits, total_visits, opening, seen_n,
  fresh, opened, repeated, table.concat(viewed, ' '), alone and 1 or 0, pages_n, ids_held, ids_before_n,
  ids_after_n, call('ZCARD', online) }
