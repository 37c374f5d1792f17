-- state.lua: what the other scripts share; it is put in front of each of them.
--
-- The state of a limit is one string, so that a decision is one GET and one SET and an operator can read it:
--   "<requestTat> <tokenTat> <lastSlot> <seen>"
-- all in whole microseconds of this server's clock. Whole ones, because Lua 5.1 has only doubles: today's time in
-- microseconds (1.8e15) is exact in a double up to 9.0e15, fractions of it are not, and a refund must be what was taken.
-- No state is the same as all zeros: nothing was ever taken.

local MINUTE = 60000000       -- µs
local KEPT_MS = 600000        -- how long a state outlives what was taken from it: the longest call, and more

-- The clock: this server's, or the one of a test.
local function clock(testNow)
  if testNow and testNow ~= '' then
    return tonumber(testNow)
  end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- If the clock stepped back, everything stored moves back with it: no time has passed, and nobody waits longer.
-- The fourth value tells whether there was a state.
local function load(key, now)
  local stored = redis.call('GET', key)
  if not stored then
    return 0, 0, 0, false
  end
  local requestTat, tokenTat, lastSlot, seen = string.match(stored, '^(%-?%d+) (%-?%d+) (%-?%d+) (%-?%d+)$')
  local back = math.max(0, seen - now)
  return requestTat - back, tokenTat - back, lastSlot - back, true
end

local function save(key, now, requestTat, tokenTat, lastSlot)
  local ahead = math.max(requestTat, tokenTat, lastSlot, now) - now
  local state = string.format('%.0f %.0f %.0f %.0f', requestTat, tokenTat, lastSlot, now)
  redis.call('SET', key, state, 'PX', string.format('%.0f', math.ceil(ahead / 1000) + KEPT_MS))
end

-- How long so many of a rate occupy it.
local function micros(count, perMinute)
  return math.ceil(count * MINUTE / perMinute)
end

