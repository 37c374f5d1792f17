-- decide.lua: takes steps one after another at one moment: each reserves a slot, or settles a permit.
--
-- The answers, and the state that is left, are those of as many calls with one step each. The rule is
-- dev.sluice.admit.Gcra; a test holds the two together.
--
-- KEYS[1] state of the limit, sluice:{<limit key>}:limit
-- KEYS[2…] for each settle in turn, the mark of its permit, sluice:{<limit key>}:settled:<permit id>
-- ARGV[1] requests a minute
-- ARGV[2] tokens a minute
-- ARGV[3] how many requests may start at once, at least 1
-- ARGV[4] how many tokens may start at once
-- ARGV[5] the time in µs, for tests only; empty: this server's
-- ARGV[6…] the steps, each one of
--   acquire <tokens to reserve>
--   settle <tokens that were reserved> <tokens to count> <requests to give back: 1 if the call never left, else 0>
-- Returns a number for each step in turn:
--   acquire: the µs to wait from now, 0 or more
--   settle: 1 if the permit was settled by this, 0 if it had been before, or if the limit's state has expired since

local key = KEYS[1]
local requestsPerMinute = tonumber(ARGV[1])
local tokensPerMinute = tonumber(ARGV[2])
local burstRequests = tonumber(ARGV[3])
local burstTokens = tonumber(ARGV[4])
local testNow = ARGV[5]

local MARK_MS = 300000

local now = clock(testNow)
local requestTat, tokenTat, lastSlot, known = load(key, now)
local changed = false

local requestCost = micros(1, requestsPerMinute)
local requestLeeway = (burstRequests - 1) * requestCost
local tokenLeeway = math.floor(burstTokens * MINUTE / tokensPerMinute)

local function acquire(tokens)
  local tokenCost = micros(tokens, tokensPerMinute)
  lastSlot = math.max(now, lastSlot, requestTat - requestLeeway, tokenTat - math.max(0, tokenLeeway - tokenCost))
  requestTat = math.max(requestTat, lastSlot) + requestCost
  tokenTat = math.max(tokenTat, lastSlot) + tokenCost
  known, changed = true, true
  return lastSlot - now
end

local function settle(mark, reserved, used, requestsBack)
  if not redis.call('SET', mark, '1', 'PX', MARK_MS, 'NX') or not known then
    return 0
  end
  requestTat = requestTat - requestsBack * requestCost
  tokenTat = tokenTat + micros(used, tokensPerMinute) - micros(reserved, tokensPerMinute)
  changed = true
  return 1
end

local answers = {}
local step = 6
local settles = 0
while ARGV[step] do
  if ARGV[step] == 'acquire' then
    answers[#answers + 1] = acquire(tonumber(ARGV[step + 1]))
    step = step + 2
  else
    settles = settles + 1
    answers[#answers + 1] = settle(KEYS[1 + settles],
      tonumber(ARGV[step + 1]), tonumber(ARGV[step + 2]), tonumber(ARGV[step + 3]))
    step = step + 4
  end
end

if changed then
  save(key, now, requestTat, tokenTat, lastSlot)
end
return answers
