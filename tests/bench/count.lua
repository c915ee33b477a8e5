-- One hit by nginx and Redis: total, day and week, the day's visitors, who is
-- online; six commands in one round trip, on a connection from a pool.
ngx.req.read_body()
local site = ngx.re.match(ngx.req.get_body_data() or '', [[(?:^|&)site=(\w+)]], 'jo')
if not site then
  return ngx.exit(400)
end
site = site[1]
local visitor = ngx.var.http_x_forwarded_for .. ' ' .. ngx.var.http_user_agent
local now = ngx.now()
local day, week = ngx.today(), math.floor((now / 86400 + 3) / 7)

local r = redis:new()
r:set_timeout(5000)
if not r:connect(redis_socket, { pool_size = 1024 }) then
  return ngx.exit(503)
end
r:init_pipeline(6)
r:incr(site .. ':total')
r:incr(site .. ':day:' .. day)
r:incr(site .. ':week:' .. week)
r:pfadd(site .. ':visitors:' .. day, visitor)
r:zadd(site .. ':online', now, visitor)
r:zcount(site .. ':online', now - 300, '+inf')
local answer = r:commit_pipeline()
if not answer then
  return ngx.exit(503)
end
r:set_keepalive(60000, 1024)
for _, one in ipairs(answer) do
  if type(one) == 'table' then
    return ngx.exit(503)
  end
end
ngx.say(string.format('{"site":"%s","online":%d,"today":%d,"week":%d,"total":%d}', site, answer[6], answer[2], answer[3], answer[1]))
