-- read.lua - a site's figures at one instant, without writing.
--
-- KEYS  1 counts, 2 online, 3 pages
-- ARGV  1 generation  of the days that the reader already has, or -1
--       2 since       ms; who was seen after it is online
--       3 today       yyyymmdd
--       4 figure      1: past days are wanted in hits, 2: in visits
--       5 pages_max   so many pages are counted each by itself
--       6 …           paths
--
-- Answers { generation, newest, today, total, today_visits, total_visits, opening, online,
-- days, views … }; days are { yyyymmdd, n, … }: those of the year at least, and
-- while yesterday or the week's first day may lie in the year before, of that one's December;
-- none when the reader has that generation.  views are -1 for a page that may be counted under «(other)».

local counts, online, pages = unpack(KEYS)
local today = ARGV[3]
local letter = ARGV[4] == '1' and '' or 'v'

local days, a_day = {}, '^' .. letter .. '%d+$'
local function add(field, n)
  if n and string.find(field, a_day) then
    days[#days + 1], days[#days + 2] = string.sub(field, #letter + 1), n
  end
end
local function add_month(year, month)
  local fields = {}
  for day = 1, 31 do
    fields[day] = string.format('%s%04d%02d%02d', letter, year, month, day)
  end
  for i, n in ipairs(redis.call('HMGET', counts, unpack(fields))) do
    add(fields[i], n)
  end
end
-- Of a site that is old only the days that may be wanted are read.
local FEW = 400
local function add_days()
  local year = tonumber(string.sub(today, 1, -5))
  if redis.call('HLEN', counts) <= FEW then
    local all = redis.call('HGETALL', counts)
    for i = 1, #all, 2 do
      add(all[i], all[i + 1])
    end
    return
  end
  for month = 1, 12 do
    add_month(year, month)
  end
  if string.sub(today, -4) <= '0106' then
    add_month(year - 1, 12)
  end
end

local stored = redis.call('HMGET', counts, 'generation', 'newest', 'hits', 'visits', 'opening', today, 'v' .. today)
local generation = tonumber(stored[1] or 0)
if generation ~= tonumber(ARGV[1]) then
  add_days()
end
local answer = { generation, tonumber(stored[2] or 0), tonumber(stored[6] or 0), tonumber(stored[3] or 0),
  tonumber(stored[7] or 0), tonumber(stored[4] or 0), tonumber(stored[5] or 0),
  redis.call('ZCOUNT', online, '(' .. ARGV[2], '+inf'), days }
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
