-- fold.lua - add what batches have left in a day's tallies to its pages,
-- details and referrers: some batches at once, so that a page that each of
-- them has costs once.
--
-- KEYS  1 tallies    list of texts, as payload.c writes them
--       2 day_pages  hash: path -> views
--       3 details    hash: «c:VN», «b:Chrome» … -> hits, «x:bot» … -> refused ones
--       4 referrers  hash: host -> hits
-- ARGV  1 most, 2 bytes   so many of the list at once, and no more bytes but of one, as Redis does nothing else meanwhile
--
-- Answers how many are left.
--
-- As in apply.lua all is read and checked first, rights too; the first write
-- fails cleanly when memory is full, and the list is cut by the last, so that
-- none is added twice, or lost.

local tallies, day_pages, details, referrers = unpack(KEYS)
local call, may = redis.call, redis.acl_check_cmd
local OTHER = '(other)'
local SOME = 1000

local is_new = {}
for _, key in ipairs({ day_pages, details, referrers }) do
  local is = call('TYPE', key).ok
  if is ~= 'none' and is ~= 'hash' then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is .. ', not a hash')
  end
  if not (may('HSET', key, '', '1') and may('PEXPIRE', key, '1')) then
    return redis.error_reply('NOPERM the user may not run HSET and PEXPIRE on ' .. key)
  end
  is_new[key] = is == 'none'
end
if not may('LTRIM', tallies, '1', '1') then
  return redis.error_reply('NOPERM the user may not run LTRIM on ' .. tallies)
end

local entries, left = call('LRANGE', tallies, 0, ARGV[1] - 1), call('LLEN', tallies)
if left == 0 then
  return 0
end

local some, bytes = {}, 0
for _, entry in ipairs(entries) do
  bytes = bytes + #entry
  if #some > 0 and bytes > tonumber(ARGV[2]) then
    break
  end
  some[#some + 1] = entry
end

-- Names in the order in which they came, as the first have a right to the room there is; and hits of each.
local sums, hosts_max, kept = { { names = { OTHER } }, { names = { OTHER } }, { names = { OTHER } } }, 0, 0
for _, sum in ipairs(sums) do
  sum.hits = { [OTHER] = 0 }
end
for _, entry in ipairs(some) do
  local columns = { cmsgpack.unpack(entry) }
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
call('LTRIM', tallies, #some, -1)
return left - #some
