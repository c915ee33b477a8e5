-- forecast.lua - apply one batch of one site as it was forecast by who has
-- written all that is there (mirror.h): what is there is not read, but written
-- over, once it is seen that the forecast holds.
--
-- KEYS  1 marker, 2 counts, 3 pages, 4 online, 5 ids, 6 tallies   as apply.lua has them
--       7 visitors   only where many come: the day's, as fold.lua has them
-- ARGV  1 sequence, 2 writer   likewise; the marker is the sequence before
--       3 hits, 4 pages, 5 ids   how many there are
--       6 ids, 7 presence, 8 tally   of the payload (payload.h); '' where there are none
--       9 seldom    times to live of ids, presence and tallies, ms, and how many come, who stand last in presence
--       10 forgotten   mostly ''; else presence is to be tended: its time to live is renewed, and who was last seen
--                   before this is forgotten
--       11 hits, 12 field, 13 today's   as there will be; '' where none is counted
--       14 visits, 15 today's   likewise; '' where none is opened
--       16 path, 17 its views as there will be, …
--
-- Answers 2: applied now; 3: and who comes is among the day's visitors, else that is left to fold.lua.  If the forecast
-- does not hold nothing is written, and the answer is -2: apply.lua is to look.
--
-- As there the first part writes nothing, and behind the first write nothing
-- can fail on which a count hangs.  Only what may be counted as a whole, and moves nobody, is forecast.
-- Each call costs some 5,000 instructions, each key and argument 1,400, and each right
-- that is asked for as much (Redis 7.0), so there is none that is not needed.

local marker, counts, pages, online, ids, tallies, visitors = unpack(KEYS)
local id_text, presence, tally, forgotten = ARGV[6], ARGV[7], ARGV[8], ARGV[10]
local call, try, may = redis.call, redis.pcall, redis.acl_check_cmd
local opens_window = id_text ~= '' and ARGV[5] == '0' -- its set is new
local PAGES = 16 -- where they begin
local RENEW_MS = 60 * 1000 -- presence's time to live is so much longer when it is set, and so set that seldom

local function names_of(text, form, bytes)
  local list = { struct.unpack(string.rep(form, #text / bytes), text) }
  list[#list] = nil -- where struct.unpack() has stopped
  return list
end

-- Part 1: does it hold?

local found = try('HMGET', counts, 'writer', 'hits')
if found[1] ~= ARGV[2] or (found[2] or '0') ~= ARGV[3] or tonumber(try('GET', marker)) ~= ARGV[1] - 1 or
  try('HLEN', pages) ~= tonumber(ARGV[4]) or type(try('LLEN', tallies)) ~= 'number' or
  (id_text ~= '' and try('SCARD', ids) ~= tonumber(ARGV[5])) or
  not (may('SET', marker, '1', 'KEEPTTL') and may('SADD', ids, '') and may('HSET', counts, '', '1') and
    may('HSET', pages, '', '1') and may('RPUSH', tallies, '') and
    (not opens_window or may('PEXPIRE', ids, '1')) and
    (forgotten == '' or may('PEXPIRE', online, '1') and may('ZREMRANGEBYSCORE', online, '0', '1'))) then
  return -2
end

-- Part 2: write.  The first fails cleanly, when memory is full or it is no sorted set.

local seen = presence ~= '' and names_of(presence, 'c13c8', 21)
if seen and type(try('ZADD', online, 'GT', unpack(seen))) ~= 'number' then
  return -2
end
call('SET', marker, ARGV[1], 'KEEPTTL')
if id_text ~= '' then
  call('SADD', ids, unpack(names_of(id_text, 'c8', 8)))
end
if ARGV[14] ~= '' then
  call('HSET', counts, 'hits', ARGV[11], ARGV[12], ARGV[13], 'visits', ARGV[14], 'v' .. ARGV[12], ARGV[15])
elseif ARGV[11] ~= '' then
  call('HSET', counts, 'hits', ARGV[11], ARGV[12], ARGV[13])
end
if ARGV[11] ~= '' then
  call('HSET', pages, unpack(ARGV, PAGES))
end
local is_first = tally ~= '' and call('RPUSH', tallies, tally) == 1
if is_first or opens_window or visitors or forgotten ~= '' then
  local ids_ttl, presence_ttl, tallies_ttl, ncomers = string.match(ARGV[9], '^(%d+) (%d+) (%d+) (%d+)$')
  if is_first then
    try('PEXPIRE', tallies, tallies_ttl)
  end
  if opens_window then
    call('PEXPIRE', ids, ids_ttl)
  end
  if forgotten ~= '' then
    -- Behind those who are added: a key that was empty in between would have lost its time to live.
    call('ZREMRANGEBYSCORE', online, '-inf', '(' .. forgotten)
    call('PEXPIRE', online, presence_ttl + RENEW_MS)
  end
  -- A fold begins the day's visitors, as they need a time to live, and says what is wrong with them.
  if visitors and try('TYPE', visitors).ok == 'string' then
    local comers, behind = {}, #seen / 2 - ncomers
    for i = 1, ncomers do
      comers[i] = seen[2 * (behind + i)]
    end
    if type(try('PFADD', visitors, unpack(comers))) == 'number' then
      return 3
    end
  end
end
return 2
