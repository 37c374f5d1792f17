-- settle.lua: corrects what a permit took by what its call used. A second time for the same permit changes nothing.
--
-- KEYS[1] state of the limit, sluice:{<limit key>}:limit
-- KEYS[2] mark of the permit, sluice:{<limit key>}:settled:<permit id>
-- ARGV[1] requests a minute
-- ARGV[2] tokens a minute
-- ARGV[3] tokens that were reserved
-- ARGV[4] tokens to count
-- ARGV[5] requests to give back: 1 if the call never left, else 0
-- ARGV[6] the time in µs, for tests only; empty or absent: this server's
-- Returns 1 if it was settled by this, 0 if it had been before, or if the limit's state has expired since.

local key = KEYS[1]
local mark = KEYS[2]
local requestsPerMinute = tonumber(ARGV[1])
local tokensPerMinute = tonumber(ARGV[2])
local reserved = tonumber(ARGV[3])
local used = tonumber(ARGV[4])
local requestsBack = tonumber(ARGV[5])
local testNow = ARGV[6]

local MARK_MS = 300000

if not redis.call('SET', mark, '1', 'PX', MARK_MS, 'NX') then
  return 0
end
if redis.call('EXISTS', key) == 0 then
  return 0
end

local now = clock(testNow)
local requestTat, tokenTat, lastSlot = load(key, now)

requestTat = requestTat - requestsBack * micros(1, requestsPerMinute)
tokenTat = tokenTat + micros(used, tokensPerMinute) - micros(reserved, tokensPerMinute)

save(key, now, requestTat, tokenTat, lastSlot)
return 1
