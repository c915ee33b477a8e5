-- skip.lua - move a writer's marker past batches that can not be applied.
--
-- KEYS  1 marker
-- ARGV  1 expected  the value it was read to have
--       2 sequence  the value to give it
--
-- Answers the marker as it is now: sequence, or whatever else it was found
-- to be, and then nothing was changed.  The marker is its writer's alone, so
-- one that is damaged is written anew.

local is = redis.call('TYPE', KEYS[1]).ok
local marker = is == 'none' and '0' or is == 'string' and redis.call('GET', KEYS[1])
if marker and marker ~= ARGV[1] and (marker == '0' or string.find(marker, '^[1-9]%d*$')) then
  return tonumber(marker)
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', 90 * 86400)
return tonumber(ARGV[2])
