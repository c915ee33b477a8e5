-- forecast.lua - apply one batch of one site as it was forecast by who has
-- written all that is there (mirror.h): what is there is not read, but written
-- over, once it is seen that the forecast holds.
--
-- KEYS  1 marker, 2 counts, 3 pages, 4 online, 5 ids, 6 tallies   as apply.lua has them
-- ARGV  1 sequence, 2 payload, 3 writer   likewise
--       4 last      the marker
--       5 hits      as there are; 6 and as there will be; 7 today's, as there will be
--       8 visits, 9 today's: as there are
--       10 how many pages, and 11 how many ids there are
--       12 1 if the time to live of presence is to be renewed
--       13 path, 14 its views as there will be, …
--
-- Answers { 2, visits, online }: applied now, and so many visits were opened.  If the forecast does not hold nothing is
-- written, and the answer is { -2 }: apply.lua is to look.
--
-- As there the first part writes nothing, and behind the marker's SET nothing
-- can fail.  Only what may be counted as a whole, and moves nobody, is forecast.
-- Each call costs some 5,000 instructions, and each key and argument 1,400
-- (Redis 7.0), so there is none that is not needed.

local marker, counts, pages, online, ids, tallies = unpack(KEYS)
local payload = ARGV[2]
local tail, _, field, leaving_to, forgotten, since, presence_ttl, ids_ttl, kept, _, _, _, ids_n, stayed_n, came_n, _, each_size =
  cmsgpack.unpack_limit(payload, 16, 0)
local call, try, may, format = redis.call, redis.pcall, redis.acl_check_cmd, string.format
local SOME = 1000
local RENEW_MS = 60 * 1000 -- presence's time to live is so much longer when it is set, and so set that seldom
local PAGES = 13 -- where they begin in ARGV

-- Where in the payload ids, those who stayed, those who came, and what is tallied begin; apply.lua says what lies between.
local ids_at = tail + 1
local stayed_at = ids_at + 8 * ids_n
local came_at = stayed_at + 21 * stayed_n
local tally_at = came_at + 21 * came_n + each_size
local has_tally = tally_at <= #payload
local came = { struct.unpack(string.rep('c13c8', came_n), payload, came_at) }
came[#came] = nil -- where struct.unpack() has stopped

-- Part 1: does it hold?

-- Who comes back and is not forgotten yet opens a visit: apply.lua sees to that.
local leaving = try('ZRANGEBYSCORE', online, '-inf', leaving_to, 'LIMIT', '0', '1000')
local holds = not leaving.err and #leaving < SOME
if holds and #leaving > 0 then
  local is_leaving = {}
  for _, visitor in ipairs(leaving) do
    is_leaving[visitor] = true
  end
  for i = 2, #came, 2 do
    holds = holds and not is_leaving[came[i]]
  end
end

if holds then
  local found = try('HMGET', counts, 'writer', 'hits')
  holds = try('GET', marker) == ARGV[4] and found[1] == ARGV[3] and (found[2] or '0') == ARGV[5] and
    try('HLEN', pages) == tonumber(ARGV[10]) and (ids_n == 0 or try('SCARD', ids) == tonumber(ARGV[11])) and
    type(try('LLEN', tallies)) == 'number'
end
if not holds or not (may('SADD', ids, '') and may('HSET', counts, '', '1') and may('HSET', pages, '', '1') and
  may('RPUSH', tallies, '') and may('ZADD', online, 'GT', '1', '') and may('ZCOUNT', online, '0', '1') and
  may('PEXPIRE', tallies, '1') and may('PEXPIRE', online, '1') and (ARGV[11] ~= '0' or may('PEXPIRE', ids, '1')) and
  (#leaving == 0 or may('ZREMRANGEBYSCORE', online, '0', '1'))) then
  return { -2 }
end

-- Part 2: write.

call('SET', marker, ARGV[1], 'KEEPTTL')
if ids_n > 0 then
  local list = { struct.unpack(string.rep('c8', ids_n), payload, ids_at) }
  list[#list] = nil
  call('SADD', ids, unpack(list))
  if ARGV[11] == '0' then
    call('PEXPIRE', ids, ids_ttl)
  end
end
if stayed_n > 0 then
  local list = { struct.unpack(string.rep('c13c8', stayed_n), payload, stayed_at) }
  list[#list] = nil
  call('ZADD', online, 'GT', unpack(list))
end
local opened = came_n > 0 and call('ZADD', online, 'GT', unpack(came)) or 0
-- Behind those who are added: a key that was empty in between would have lost its time to live.
if #leaving > 0 then
  call('ZREMRANGEBYSCORE', online, '-inf', forgotten)
end
-- Where nobody else is present the key may be new.
local seen_n = call('ZCOUNT', online, since, '+inf')
if ARGV[12] == '1' or seen_n <= stayed_n + came_n then
  call('PEXPIRE', online, presence_ttl + RENEW_MS)
end
if opened > 0 then
  call('HSET', counts, 'hits', ARGV[6], field, ARGV[7], 'visits', format('%d', ARGV[8] + opened),
    'v' .. field, format('%d', ARGV[9] + opened))
elseif #ARGV >= PAGES then
  call('HSET', counts, 'hits', ARGV[6], field, ARGV[7])
end
if #ARGV >= PAGES then
  call('HSET', pages, unpack(ARGV, PAGES))
end
if has_tally and call('RPUSH', tallies, string.sub(payload, tally_at)) == 1 then
  call('PEXPIRE', tallies, kept)
end
return { 2, opened, seen_n }
