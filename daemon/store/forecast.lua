-- forecast.lua - apply one batch of one site as it was forecast by who has
-- written all that is there (mirror.h): what is there is not read, but written
-- over, once it is seen that the forecast holds.
--
-- KEYS  1 marker, 2 counts, 3 pages, 4 online, 5 ids, 6 tallies   as apply.lua has them
--       7 visitors   only where many come: the day's, as fold.lua has them
-- ARGV  1 sequence   the marker is the one before
--       2 hits, 3 pages, 4 ids   how many there are
--       5 ids, 6 presence, 7 tally   of the payload (payload.h); '' where there are none
--       8 rest      a digit: 1 where visits are opened, 2 where presence is to be tended, 3 for both, else 0; and, a space
--                   before each, the times to live of ids, presence and tallies, ms; how many come, who stand last in
--                   presence; and where it is tended, who was last seen before when is forgotten
--       and where any hit is counted
--       9 hits, 10 today's   as there will be
--       11 visits, 12 today's   likewise, only where one is opened
--       path, its views as there will be, …
--
-- Answers 2: applied now; 3: and who comes is among the day's visitors, else that is left to fold.lua.  If the forecast
-- does not hold nothing is written, but that a marker that is gone becomes 0, which is as much, and the answer is -2:
-- apply.lua is to look.
--
-- As there the first part writes nothing, and behind the first two writes nothing
-- can fail on which a count hangs.  Only what may be counted as a whole, and moves nobody, is forecast.
-- Each call costs some 5,000 instructions and 900 for each argument that is written to the append-only file, each right
-- that is asked for 1,400, each argument of the script 700, and as much again if Lua has not met its text lately (Redis
-- 7.0): so there is none that is not needed, and the marker is read and written by one.

local marker, counts, pages, online, ids, tallies, visitors = unpack(KEYS)
local sequence, hits_before, pages_n, ids_n, id_text, presence, tally, rest, hits, hits_today, visits, visits_today =
  unpack(ARGV, 1, 12)
local call, try, may, unpack_text = redis.call, redis.pcall, redis.acl_check_cmd, struct.unpack
local writer, field = string.sub(marker, -32), string.sub(tallies, -8)
local what = string.byte(rest) - 48
local opens_visits, tends = what % 2 == 1, what >= 2
local opens_window = id_text ~= '' and ids_n == '0' -- its set is new
local pages_at = opens_visits and 13 or 11
local RENEW_MS = 60 * 1000 -- presence's time to live is so much longer when it is set, and so set that seldom

-- And behind them where struct.unpack() has stopped.
local function names_in(text, form, bytes)
  return { unpack_text(string.rep(form, #text / bytes), text) }
end

-- Part 1: does it hold?

local found = try('HMGET', counts, 'writer', 'hits')
if found[1] ~= writer or (found[2] or '0') ~= hits_before or try('HLEN', pages) ~= tonumber(pages_n) or
  type(try('LLEN', tallies)) ~= 'number' or (id_text ~= '' and try('SCARD', ids) ~= tonumber(ids_n)) or
  not (may('SADD', ids, '') and may('HSET', counts, '', '1') and may('HSET', pages, '', '1') and
    may('RPUSH', tallies, '') and (not opens_window or may('PEXPIRE', ids, '1')) and
    (not tends or may('PEXPIRE', online, '1') and may('ZREMRANGEBYSCORE', online, '0', '1'))) then
  return -2
end

-- Part 2: write.  The marker, which is read so as well, fails cleanly: when memory is full, or it is no string.  If it was
-- another, or online is no sorted set, it is put back, and that can not fail: what was allowed and had room then is and
-- has now.  It is written as it will be, not moved by one: half a batch at the end of a log that was torn, and not mended
-- as scripts/run does, is run twice; the figures are then right, too, only what is tallied is not.

local was = try('SET', marker, sequence, 'KEEPTTL', 'GET')
if type(was) == 'table' then
  return -2
end
local seen = presence ~= '' and names_in(presence, 'c13c8', 21)
if tonumber(was) ~= sequence - 1 or
  seen and type(try('ZADD', online, 'GT', unpack(seen, 1, #seen - 1))) ~= 'number' then
  call('SET', marker, was or '0', 'KEEPTTL')
  return -2
end
if id_text ~= '' then
  local names = names_in(id_text, 'c8', 8)
  call('SADD', ids, unpack(names, 1, #names - 1))
end
if opens_visits then
  call('HSET', counts, 'hits', hits, field, hits_today, 'visits', visits, 'v' .. field, visits_today)
elseif hits then
  call('HSET', counts, 'hits', hits, field, hits_today)
end
if hits then
  call('HSET', pages, unpack(ARGV, pages_at))
end
local is_first = tally ~= '' and call('RPUSH', tallies, tally) == 1
if is_first or opens_window or visitors or tends then
  local ids_ttl, presence_ttl, tallies_ttl, ncomers, forgotten = string.match(rest, '^%d (%d+) (%d+) (%d+) (%d+) ?(%-?%d*)$')
  if is_first then
    try('PEXPIRE', tallies, tallies_ttl)
  end
  if opens_window then
    call('PEXPIRE', ids, ids_ttl)
  end
  if tends then
    -- Behind those who are added: a key that was empty in between would have lost its time to live.  Where nobody was, it may
    -- be no sorted set: the next who comes finds that out.
    try('ZREMRANGEBYSCORE', online, '-inf', '(' .. forgotten)
    try('PEXPIRE', online, presence_ttl + RENEW_MS)
  end
  -- A fold begins the day's visitors, as they need a time to live, and says what is wrong with them.
  if visitors and try('TYPE', visitors).ok == 'string' then
    local comers, behind = {}, (#seen - 1) / 2 - ncomers
    for i = 1, ncomers do
      comers[i] = seen[2 * (behind + i)]
    end
    if type(try('PFADD', visitors, unpack(comers))) == 'number' then
      return 3
    end
  end
end
return 2
