-- One hit by webdis and Redis, as an EVALSHA: the same figures as count.lua has.
local site, visitor = ARGV[1], ARGV[2]
local now = redis.call('TIME')[1]
local day = math.floor(now / 86400)
local total = redis.call('INCR', site .. ':total')
local today = redis.call('INCR', site .. ':day:' .. day)
local week = redis.call('INCR', site .. ':week:' .. math.floor((day + 3) / 7))
redis.call('PFADD', site .. ':visitors:' .. day, visitor)
redis.call('ZADD', site .. ':online', now, visitor)
return { redis.call('ZCOUNT', site .. ':online', now - 300, '+inf'), today, week, total }
