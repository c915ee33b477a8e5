-- wrk's requests: views as browsers send them through a portal's proxy.
--
-- wrk … -s hits.lua URL -- run=8HEX close=0|1 form=thongke|webdis:SHA
--   sites=N stretch=N visitors=N pages=N
--
-- run begins all ids, so that no two runs share one.  A new site after every
-- `stretch` views.  The last line of the output is one of JSON.
--
-- What varies is put together of a few hundred pieces: Lua's collector goes
-- through a table of 100,000 names at once, and while it does wrk answers
-- nobody, which it would then tell as the latency of the server.

local option = { run = '00000000', close = '0', form = 'thongke', sites = '1', stretch = '1', visitors = '100000', pages = '200' }

local agents = {
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/126.0.158 Chrome/120.0.6099.158 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-A556E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
}
local networks = { '14.161.', '27.72.', '42.112.', '113.160.', '171.224.', '203.113.', '8.8.', '52.95.' }

local hex, decimal, plain = {}, {}, {} -- two digits; two digits; as few as need be
for i = 0, 255 do
  hex[i], decimal[i], plain[i] = string.format('%02x', i), string.format('%02d', i), tostring(i)
end

local heads, tails, names = {}, {}, {}
local sites, visitors, pages, stretch, webdis, prefix
local n, visitor, page, site = 0, 0, 0, 1

function init(args)
  for _, arg in ipairs(args) do
    local name, value = string.match(arg, '^(%w+)=(.*)$')
    option[name] = value
  end
  sites, visitors, pages = tonumber(option.sites), tonumber(option.visitors), tonumber(option.pages)
  stretch, prefix = tonumber(option.stretch), option.run
  webdis = string.match(option.form, '^webdis:(%x+)$')
  for i = 1, sites do
    names[i] = string.format('bench%04d', i)
    tails[i] = '\r\nOrigin: https://' .. names[i] .. '.test\r\nReferer: https://' .. names[i] ..
      '.test/tin-tuc-su-kien/chi-tiet-bai-viet-ve-chuyen-doi-so?ItemID=270\r\n\r\n'
  end

  -- Everything up to the client's address, the body's length included: it is always the same.
  local body = make_body(names[1], 0, 0, '0000000000000000')
  for i, agent in ipairs(agents) do
    heads[i - 1] = table.concat({
      webdis and 'POST / HTTP/1.1' or 'POST /tk/hit HTTP/1.1',
      'Host: bench.test',
      'Connection: ' .. (option.close == '1' and 'close' or 'keep-alive'),
      'Content-Length: ' .. #body,
      'sec-ch-ua: "Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"',
      'sec-ch-ua-platform: "Windows"',
      'sec-ch-ua-mobile: ?0',
      'User-Agent: ' .. agent,
      'Content-Type: text/plain;charset=UTF-8',
      'Accept: */*',
      'Sec-Fetch-Site: same-origin',
      'Sec-Fetch-Mode: cors',
      'Sec-Fetch-Dest: empty',
      'Accept-Encoding: gzip, deflate, br, zstd',
      'Accept-Language: vi-VN,vi;q=0.9,fr-FR;q=0.8,fr;q=0.7,en-US;q=0.6,en;q=0.5',
      'Cookie: ASP.NET_SessionId=q3w5x1y0zk2bh4mvd1s5ujn2; portal_font=1; portal_lang=vi-VN',
      'X-Forwarded-Proto: https',
      'X-Forwarded-For: ',
    }, '\r\n')
  end
end

local floor = math.floor

local function digits(i) -- eight, hexadecimal
  return hex[floor(i / 16777216)] .. hex[floor(i / 65536) % 256] .. hex[floor(i / 256) % 256] .. hex[i % 256]
end

function make_body(name, who, where, id)
  local token = digits((who * 2654435761) % 2 ^ 32) .. digits(who)
  if webdis then
    return 'EVALSHA/' .. webdis .. '/0/' .. name .. '/' .. token
  end
  return 'site=' .. name .. '&visitor=' .. token .. '&id=' .. id .. '&ref=www.google.com&page=%2Ftin-tuc-su-kien%2Fbai-viet-' ..
    plain[floor(where / 10000)] .. decimal[floor(where / 100) % 100] .. decimal[where % 100]
end

-- Visitors and pages in an order that no cache likes, but all of them: 61,803 has no factor in common with them.
function request()
  n = n + 1
  visitor = (visitor + 61803) % visitors
  page = (page + 61803) % pages
  if n % stretch == 0 then
    site = site % sites + 1
  end
  return heads[visitor % 8] .. networks[visitor % 8 + 1] .. plain[floor(visitor / 250) % 250] .. '.' ..
    plain[visitor % 250 + 1] .. tails[site] .. make_body(names[site], visitor, page, prefix .. digits(n))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"refused":%d,"errors":%d,"timeouts":%d,"p50":%.3f,"p99":%.3f,"p999":%.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000))
end
