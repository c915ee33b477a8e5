-- verify.lua - do a site's figures agree with each other?  Sums at one instant,
-- without writing.
--
-- KEYS  1 totals, 2 pages, then days of each year that there is, then visits of each
-- ARGV  1 chunk  pages looked at in one call, so that no answer grows large
--
-- Answers { hits, days, pages, visits, visits_of_days, odd, where }: hits of totals,
-- the sums of days and of pages; visits of totals, the sum of days; how many values
-- are no number of hits, which are in no sum, and the first of them in words, or ''.
--
-- Redis does nothing else meanwhile: some 0.6 ms for each 1,000 pages.

local totals, pages = KEYS[1], KEYS[2]
local DIGITS = 15 -- as apply.lua has it
local MOST = 2 ^ 53
local odd, where = 0, ''

local function is_odd(key, field, value)
  odd = odd + 1
  if odd == 1 then
    where = key .. ' ' .. field .. ': ' .. value
  end
  return 0
end

-- Of a hash, where anything may stand.
local function hits(key, field, value)
  if #value <= DIGITS and string.find(value, '^%d+$') then
    return tonumber(value)
  end
  return is_odd(key, field, value)
end

local function of_years(from, to)
  local sum = 0
  for i = from, to do
    local days = redis.call('HGETALL', KEYS[i])
    for j = 1, #days, 2 do
      sum = sum + hits(KEYS[i], days[j], days[j + 1])
    end
  end
  return math.min(sum, MOST)
end
local years = (#KEYS - 2) / 2
local of_days = of_years(3, 2 + years)
local visits_of_days = of_years(3 + years, #KEYS)

local of_pages, cursor = 0, '0'
repeat
  local some = redis.call('HSCAN', pages, cursor, 'COUNT', ARGV[1])
  cursor = some[1]
  for i = 1, #some[2], 2 do
    of_pages = of_pages + hits(pages, some[2][i], some[2][i + 1])
  end
until cursor == '0'

return {
  hits(totals, 'hits', redis.call('HGET', totals, 'hits') or '0'),
  of_days,
  math.min(of_pages, MOST),
  hits(totals, 'visits', redis.call('HGET', totals, 'visits') or '0'),
  visits_of_days,
  odd,
  where,
}
