-- acquire.lua: reserves one request and some tokens, and tells how long to wait for the slot.
--
-- The rule is dev.sluice.admit.Gcra; a test holds the two together.
--
-- KEYS[1] state of the limit, sluice:{<limit key>}:limit
-- ARGV[1] requests a minute
-- ARGV[2] tokens a minute
-- ARGV[3] how many requests may start at once, at least 1
-- ARGV[4] how many tokens may start at once
-- ARGV[5] tokens to reserve
-- ARGV[6] the time in µs, for tests only; empty or absent: this server's
-- Returns the µs to wait from now, 0 or more.

local key = KEYS[1]
local requestsPerMinute = tonumber(ARGV[1])
local tokensPerMinute = tonumber(ARGV[2])
local burstRequests = tonumber(ARGV[3])
local burstTokens = tonumber(ARGV[4])
local tokens = tonumber(ARGV[5])
local testNow = ARGV[6]

local now = clock(testNow)
local requestTat, tokenTat, lastSlot = load(key, now)

local requestCost = micros(1, requestsPerMinute)
local tokenCost = micros(tokens, tokensPerMinute)
local requestLeeway = (burstRequests - 1) * requestCost
local tokenLeeway = math.floor(burstTokens * MINUTE / tokensPerMinute)

local slot = math.max(now, lastSlot, requestTat - requestLeeway, tokenTat - math.max(0, tokenLeeway - tokenCost))

save(key, now, math.max(requestTat, slot) + requestCost, math.max(tokenTat, slot) + tokenCost, slot)
return slot - now
