-- fold.lua - add what batches have left in a day's tallies to its pages,
-- details, referrers and visitors: some batches at once, so that a page that
-- each of them has costs once.
--
-- KEYS  1 tallies    list of texts, as payload.c writes them
--       2 day_pages  hash: path -> views
--       3 details    hash: «c:VN», «b:Chrome» … -> hits, «x:bot» … -> refused ones
--       4 referrers  hash: host -> hits
--       5 visitors   HyperLogLog
-- ARGV  1 most, 2 bytes   so many of the list at once, and no more bytes but of one, as Redis does nothing else meanwhile
--       3 n, 4 last, 5 sum   what the first n of the list come to, as the tallies of one batch, if they are all of the
--                         asker's: the first of them has the tag of sum, and the last this tag.  n is 0, and there is
--                         nothing behind it, where the asker does not know
--
-- Answers { left, by_sum, begun }: how many are left; 1 if the sum was taken, 0 if each of some was looked at; 1 if the
-- day's visitors were begun anew.
--
-- As in apply.lua all is read and checked first, rights too; the first write
-- fails cleanly when memory is full, and the list is cut by the last, so that
-- none is added twice, or lost.

local tallies, day_pages, details, referrers, visitors = unpack(KEYS)
local call, may = redis.call, redis.acl_check_cmd
local OTHER = '(other)'
local SOME = 1000
local TAG = 16 -- bytes

local is_new, problem = {}, nil
local function check(key, type)
  local is = call('TYPE', key).ok
  if is ~= 'none' and is ~= type then
    problem = redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is .. ', not a ' .. type)
  end
  is_new[key] = is == 'none'
end
local function need(command, key, ...)
  if not may(command, key, ...) then
    problem = redis.error_reply('NOPERM the user may not run ' .. command .. ' on ' .. key)
  end
end
for _, key in ipairs({ day_pages, details, referrers }) do
  check(key, 'hash')
  need('HSET', key, '', '1')
  need('PEXPIRE', key, '1')
end
check(visitors, 'string')
need('PFADD', visitors, '')
need('DEL', visitors)
need('PEXPIRE', visitors, '1')
need('LTRIM', tallies, '1', '1')
if not problem and not is_new[visitors] and call('GETRANGE', visitors, '0', '3') ~= 'HYLL' then
  problem = redis.error_reply('WRONGTYPE ' .. visitors .. ' is no HyperLogLog')
end
if problem then
  return problem
end

local left = call('LLEN', tallies)
if left == 0 then
  return { 0, 0, 0 }
end

local function has_tag(entry, tag)
  return entry and string.sub(entry, 1, TAG) == string.sub(tag, 1, TAG)
end
-- A writer appends in its order, so when its first is the first and its last the n-th, no other's is between.
local n = tonumber(ARGV[3])
local by_sum = n > 0 and has_tag(call('LINDEX', tallies, 0), ARGV[5]) and has_tag(call('LINDEX', tallies, n - 1), ARGV[4])
local some = {}
if by_sum then
  some[1] = ARGV[5]
else
  n = 0
  local bytes = 0
  for _, entry in ipairs(call('LRANGE', tallies, 0, ARGV[1] - 1)) do
    bytes = bytes + #entry
    if n > 0 and bytes > tonumber(ARGV[2]) then
      break
    end
    n = n + 1
    some[n] = entry
  end
end

-- Names in the order in which they came, as the first have a right to the room there is; and hits of each.
local viewers = {}
local sums, hosts_max, kept = { { names = { OTHER } }, { names = { OTHER } }, { names = { OTHER } } }, 0, 0
for _, sum in ipairs(sums) do
  sum.hits = { [OTHER] = 0 }
end
for _, entry in ipairs(some) do
  local columns = { select(2, cmsgpack.unpack_limit(entry, 9, TAG)) }
  for i, sum in ipairs(sums) do
    local names, hits, more = sum.names, sum.hits, columns[2 * i]
    for j, name in ipairs(columns[2 * i - 1]) do
      if more[j] > 0 then
        if not hits[name] then
          names[#names + 1] = name
        end
        hits[name] = (hits[name] or 0) + more[j]
      end
    end
  end
  hosts_max, kept = columns[7], columns[8]
  viewers[#viewers + 1] = columns[9]
end

-- { name, hits, … } with the sums added to what is there, SOME in a list; what has no room in a hash of at most so
-- many names is added to OTHER, whose pair stands last.  What is no number is begun anew: no hit may hang on it.
local function added(key, sum, most)
  local names, hits, lists, room, before = sum.names, sum.hits, {}, nil, 0
  for from = 1, #names, SOME do
    local list = {}
    for i, value in ipairs(call('HMGET', key, unpack(names, from, math.min(from + SOME - 1, #names)))) do
      local name = names[from + i - 1]
      if not value and most and name ~= OTHER then
        room = (room or most - call('HLEN', key)) - 1
      end
      if name == OTHER then
        before = tonumber(value or nil) or 0
      elseif not value and room and room < 0 then
        hits[OTHER] = hits[OTHER] + hits[name]
      else
        list[#list + 1] = name
        list[#list + 1] = string.format('%d', (tonumber(value or nil) or 0) + hits[name])
      end
    end
    lists[#lists + 1] = list
  end
  if hits[OTHER] > 0 then
    lists[#lists + 1] = { OTHER, before + hits[OTHER] }
  end
  return lists
end

local all = { [day_pages] = added(day_pages, sums[1]), [details] = added(details, sums[2]),
  [referrers] = added(referrers, sums[3], hosts_max) }
for key, lists in pairs(all) do
  for _, list in ipairs(lists) do
    if #list > 0 then
      call('HSET', key, unpack(list))
    end
  end
  if is_new[key] then
    call('PEXPIRE', key, kept)
  end
end
viewers = table.concat(viewers)
for from = 1, #viewers, 8 * SOME do
  local names = { struct.unpack(string.rep('c8', math.min(SOME, (#viewers - from + 1) / 8)), viewers, from) }
  names[#names] = nil -- where struct.unpack() has stopped
  -- One that is damaged within is begun anew: it holds an estimate.
  if type(redis.pcall('PFADD', visitors, unpack(names))) == 'table' then
    call('DEL', visitors)
    call('PFADD', visitors, unpack(names))
    is_new[visitors] = true
  end
end
if is_new[visitors] and #viewers > 0 then
  call('PEXPIRE', visitors, kept)
end
call('LTRIM', tallies, n, -1)
return { left - n, by_sum and 1 or 0, is_new[visitors] and 1 or 0 }
