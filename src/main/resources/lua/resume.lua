-- resume.lua: spends both bursts until a while from now, before a node comes back to the shared limit.
--
-- A node that could not reach Redis admitted calls by itself, and their slots still fire; and the state may be gone, as
-- after a restart. Neither may give a burst on top. Several nodes that come back together do not add up.
--
-- KEYS[1] state of the limit, sluice:{<limit key>}:limit
-- ARGV[1] to ARGV[5] the limit, as in decide.lua
-- ARGV[6] µs from now until the last slot that was handed out elsewhere, 0 or more
-- ARGV[7] the speed that this node knows of, in millionths: what a state that is gone begins with
-- ARGV[8] the time in µs, for tests only; empty or absent: this server's
-- Returns nothing: an empty list.

local key = KEYS[1]
local requestsPerMinute, tokensPerMinute, burstRequests, burstTokens, factor, ahead, speed = numbers(1, 7)
local testNow = ARGV[8]

local now = time(testNow)
local s = load(key, now, factor, speed)

local quiet = s.clock + share(ahead, speedOf(s, factor))
local tokenLeeway = math.floor(burstTokens * MINUTE / tokensPerMinute)

s.requestTat = math.max(s.requestTat, quiet + burstRequests * cost(micros(1, requestsPerMinute), s.requests))
s.tokenTat = math.max(s.tokenTat, quiet + tokenLeeway)
s.slot = math.max(s.slot, quiet)
save(key, s, factor)
return {}
