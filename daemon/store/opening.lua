-- opening.lua - read or set a site's opening total.
--
-- KEYS  1 counts
-- ARGV  1 the new one, or '' to leave it
--
-- Answers the old one, as a string.

local old = redis.call('HGET', KEYS[1], 'opening') or '0'
if not string.find(old, '^%d+$') then
  return redis.error_reply('DAMAGED ' .. KEYS[1] .. ' opening holds «' .. old .. '»')
end
if ARGV[1] ~= '' then
  redis.call('HDEL', KEYS[1], 'writer') -- who counted last knows no more what there is
  redis.call('HSET', KEYS[1], 'opening', ARGV[1])
end
return old
