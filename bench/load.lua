-- Sends the requests of a file in turns, each as behind a proxy and from another address; prints what came of it.
-- wrk -s load.lua URL -- FILE FIRST DELAY_MS [COOKIE]
-- A line of FILE is a method, a path and a body, with tabs between. FIRST is the request to begin with.

local formatted, position, delay_ms = {}, 0, 0

local BROWSER = {
  ["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  ["Accept-Encoding"] = "gzip, deflate, br, zstd",
  ["Accept-Language"] = "en-GB,en;q=0.9",
  ["Sec-Fetch-Dest"] = "document",
  ["Sec-Fetch-Mode"] = "navigate",
  ["X-Forwarded-Proto"] = "https",
}

local cookie

local function with(more)
  local headers = { Host = wrk.headers["Host"], Cookie = cookie }
  for name, value in pairs(BROWSER) do headers[name] = value end
  for name, value in pairs(more) do headers[name] = value end
  return headers
end

function init(args)
  cookie = args[4]
  local number = 0
  for line in io.lines(args[1]) do
    number = number + 1
    local method, path, body = line:match("^(%u+)\t([^\t]*)\t(.*)$")
    local address = string.format("%d.%d.%d.1", 20 + number % 100, math.floor(number / 100) % 250, math.floor(number / 25000))
    if method == "POST" then
      formatted[number] = wrk.format(method, path, with({
        ["X-Forwarded-For"] = address,
        ["Sec-Fetch-Site"] = "same-origin",
        ["Content-Type"] = "application/x-www-form-urlencoded",
      }), body)
    else
      formatted[number] = wrk.format(method, path, with({ ["X-Forwarded-For"] = address, ["Sec-Fetch-Site"] = "none" }))
    end
  end
  position = tonumber(args[2])
  delay_ms = tonumber(args[3])
end

function request()
  position = position % #formatted + 1
  return formatted[position]
end

function delay()
  if delay_ms == 0 then return 0 end
  return math.floor(-math.log(1 - math.random()) * delay_ms + 0.5)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT %d %d %d %d %d %d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, summary.bytes
  ))
end
