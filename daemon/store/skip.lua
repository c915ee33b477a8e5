-- skip.lua - move a writer's marker past batches that can not be applied.
--
-- KEYS  1 marker
-- ARGV  1 expected  the value it was read to have
--       2 sequence  the value to give it
--
-- Answers the marker as it is now: sequence, or whatever else it was found
-- to be, and then nothing was changed.

local marker = redis.call('GET', KEYS[1]) or '0'
if marker ~= ARGV[1] then
  return tonumber(marker)
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', 90 * 86400)
return tonumber(ARGV[2])
