-- read.lua - a site's figures at one instant, without writing.
--
-- KEYS  1 totals, 2 online, 3 pages, 4 days of this year, 5 days of the year before
-- ARGV  1 generation  of the days that the reader already has, or -1
--       2 since       ms; who was seen after it is online
--       3 field       mmdd of today in days
--       4 …           paths
--
-- Answers { generation, newest, today, total, opening, online, days, days_before, views … };
-- days are { mmdd, hits, … }, or empty when the reader has that generation; those of
-- the year before matter only while yesterday or the week's first day lies in it.

local totals, online, pages, days, days_before = unpack(KEYS)

local stored = redis.call('HMGET', totals, 'generation', 'newest', 'hits', 'opening')
local generation = tonumber(stored[1] or 0)
local same = generation == tonumber(ARGV[1])
local answer = {
  generation,
  tonumber(stored[2] or 0),
  tonumber(redis.call('HGET', days, ARGV[3]) or 0),
  tonumber(stored[3] or 0),
  tonumber(stored[4] or 0),
  redis.call('ZCOUNT', online, '(' .. ARGV[2], '+inf'),
  same and {} or redis.call('HGETALL', days),
  (same or ARGV[3] > '0106') and {} or redis.call('HGETALL', days_before),
}
if #ARGV > 3 then
  for _, score in ipairs(redis.call('ZMSCORE', pages, unpack(ARGV, 4))) do
    answer[#answer + 1] = tonumber(score or 0)
  end
end
return answer
