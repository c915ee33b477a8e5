-- read.lua - a site's figures at one instant, without writing.
--
-- KEYS  1 totals, 2 online, 3 pages, 4 hits of this year's days, 5 of the year before,
--       6 visits of this year's days, 7 of the year before
-- ARGV  1 generation  of the days that the reader already has, or -1
--       2 since       ms; who was seen after it is online
--       3 field       mmdd of today in days
--       4 figure      1: past days are wanted in hits, 2: in visits
--       5 pages_max   so many pages are counted each by itself
--       6 …           paths
--
-- Answers { generation, newest, today, total, today_visits, total_visits, opening, online,
-- days, days_before, views … }; days are { mmdd, n, … }, or empty when the reader has that
-- generation; those of the year before matter only while yesterday or the week's first day
-- lies in it.  views are -1 for a page that may be counted under «(other)».

local totals, online, pages = unpack(KEYS)
local past = 2 * tonumber(ARGV[4]) + 2

local stored = redis.call('HMGET', totals, 'generation', 'newest', 'hits', 'visits', 'opening')
local generation = tonumber(stored[1] or 0)
local same = generation == tonumber(ARGV[1])
local answer = {
  generation,
  tonumber(stored[2] or 0),
  tonumber(redis.call('HGET', KEYS[4], ARGV[3]) or 0),
  tonumber(stored[3] or 0),
  tonumber(redis.call('HGET', KEYS[6], ARGV[3]) or 0),
  tonumber(stored[4] or 0),
  tonumber(stored[5] or 0),
  redis.call('ZCOUNT', online, '(' .. ARGV[2], '+inf'),
  same and {} or redis.call('HGETALL', KEYS[past]),
  (same or ARGV[3] > '0106') and {} or redis.call('HGETALL', KEYS[past + 1]),
}
if #ARGV > 5 then
  local full
  for _, views in ipairs(redis.call('HMGET', pages, unpack(ARGV, 6))) do
    if not views then
      full = full or (redis.call('HLEN', pages) >= tonumber(ARGV[5]) and -1 or 0)
    end
    answer[#answer + 1] = tonumber(views or full)
  end
end
return answer
