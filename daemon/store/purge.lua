-- purge.lua - a page's views move to «(other)», or a site begins anew; at one
-- instant, so that sums agree before and after.
--
-- Of a page:
-- KEYS  1 counts, 2 … hashes of pages
-- ARGV  1 'page', 2 its path
-- Answers the views in the first of those.
--
-- Of a site:
-- KEYS  1 counts, 2 … all else that goes; no writer's marker
-- ARGV  1 'site'
-- Answers the hits that it had.  The generation goes on, so that daemons
-- forget the sums that they hold.

if ARGV[1] == 'page' then
  local hashes = { unpack(KEYS, 2) }
  if not redis.acl_check_cmd('HDEL', KEYS[1], '') then
    return redis.error_reply('NOPERM the user may not run HDEL on ' .. KEYS[1])
  end
  for _, key in ipairs(hashes) do
    if not (redis.acl_check_cmd('HINCRBY', key, '', '1') and redis.acl_check_cmd('HDEL', key, '')) then
      return redis.error_reply('NOPERM the user may not run HINCRBY and HDEL on ' .. key)
    end
    local is = redis.call('TYPE', key).ok
    if is ~= 'none' and is ~= 'hash' then
      return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. is .. ', not a hash')
    end
    for _, views in ipairs(redis.call('HMGET', key, ARGV[2], '(other)')) do
      if views and (#views > 15 or not string.find(views, '^[1-9]%d*$') and views ~= '0') then
        return redis.error_reply('DAMAGED ' .. key .. ' holds «' .. views .. '», no number of views')
      end
    end
  end
  local path, moved = ARGV[2], 0
  redis.call('HDEL', KEYS[1], 'writer') -- who counted last knows no more what there is
  for i, key in ipairs(hashes) do
    local views = redis.call('HGET', key, path)
    if views then
      redis.call('HINCRBY', key, '(other)', views)
      redis.call('HDEL', key, path)
      moved = i == 1 and tonumber(views) or moved
    end
  end
  return moved
end

local stored = redis.call('HMGET', KEYS[1], 'hits', 'generation')
for _, key in ipairs(KEYS) do
  redis.call('DEL', key)
end
redis.call('HSET', KEYS[1], 'generation', string.format('%.0f', (tonumber(stored[2] or 0) or 0) + 1))
return tonumber(stored[1] or 0) or 0
