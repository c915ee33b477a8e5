-- rights.lua - may this user do all that the daemon and its scripts of a site do?
-- Asked at connect, so that what is missing is said before the first batch.
--
-- ARGV  1 prefix  of a key as theirs are
--
-- Answers OK, or an error that names what is missing.

local key = ARGV[1]
local wanted = {
  { 'SET', key, '1', 'EX', '1' }, { 'SET', key, '1', 'KEEPTTL', 'GET' }, { 'GET', key }, { 'GETRANGE', key, '0', '1' },
  { 'TYPE', key }, { 'DEL', key },
  { 'PEXPIRE', key, '1' }, { 'PTTL', key }, { 'LINDEX', key, '0' },
  { 'HMGET', key, 'a' }, { 'HGET', key, 'a' }, { 'HGETALL', key }, { 'HSET', key, 'a', '1' }, { 'HLEN', key },
  { 'ZADD', key, 'GT', '1', 'a' }, { 'ZREM', key, 'a' }, { 'ZREMRANGEBYSCORE', key, '0', '1' },
  { 'ZCOUNT', key, '0', '1' }, { 'ZMSCORE', key, 'a' },
  { 'ZRANGEBYSCORE', key, '0', '1' }, { 'ZREVRANGEBYSCORE', key, '1', '0' }, { 'ZCARD', key },
  { 'RPUSH', key, 'a' }, { 'LRANGE', key, '0', '1' }, { 'LLEN', key }, { 'LTRIM', key, '0', '1' }, { 'SCARD', key },
  { 'SMISMEMBER', key, 'a' }, { 'SADD', key, 'a' }, { 'PFADD', key, 'a' },
}
for _, command in ipairs(wanted) do
  if not redis.acl_check_cmd(unpack(command)) then
    return redis.error_reply('NOPERM the user may not run ' .. command[1] .. ' on ' .. key)
  end
end
return redis.status_reply('OK')
