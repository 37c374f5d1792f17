-- resume.lua: spends both bursts until a while from now, before a node comes back to the shared limit.
--
-- A node that could not reach Redis admitted calls by itself, and their slots still fire; and the state may be gone, as
-- after a restart. Neither may give a burst on top. Several nodes that come back together do not add up.
--
-- KEYS[1] state of the limit, sluice:{<limit key>}:limit
-- ARGV[1] requests a minute
-- ARGV[2] tokens a minute
-- ARGV[3] how many requests may start at once, at least 1
-- ARGV[4] how many tokens may start at once
-- ARGV[5] µs from now until the last slot that was handed out elsewhere, 0 or more
-- ARGV[6] the time in µs, for tests only; empty or absent: this server's
-- Returns nothing: an empty list.

local key = KEYS[1]
local requestsPerMinute = tonumber(ARGV[1])
local tokensPerMinute = tonumber(ARGV[2])
local burstRequests = tonumber(ARGV[3])
local burstTokens = tonumber(ARGV[4])
local ahead = tonumber(ARGV[5])
local testNow = ARGV[6]

local now = clock(testNow)
local requestTat, tokenTat, lastSlot = load(key, now)

local quiet = now + ahead
local tokenLeeway = math.floor(burstTokens * MINUTE / tokensPerMinute)

save(key, now,
  math.max(requestTat, quiet + burstRequests * micros(1, requestsPerMinute)),
  math.max(tokenTat, quiet + tokenLeeway),
  math.max(lastSlot, quiet))
return {}
