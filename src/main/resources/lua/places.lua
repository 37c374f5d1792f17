-- places.lua: divides the calls that an upstream bears at once among the nodes, and learns how many these are.
--
-- A node holds places for a while, so that it need not ask for every call; a node that does not report any more has died,
-- and its places are free when its lease is over. Those who want more than there is get equal parts of it, those who
-- want less what they want; whoever holds more than its part gives it up with its next report. A running call keeps its
-- place in any case. The rule is dev.sluice.admit.Capacity; a test holds the two together.
--
-- KEYS[1] sluice:{<limit key>}:places
-- ARGV[1] name of the node
-- ARGV[2] calls that it has in flight
-- ARGV[3] places that it wants; 0: it wants none and has none in flight
-- ARGV[4] the epoch that it knows
-- ARGV[5] calls begun in this epoch that have ended since its last report
-- ARGV[6] those of them that failed by overload
-- ARGV[7] the fewest places that there are
-- ARGV[8] the most
-- ARGV[9] how long its lease is, ms
-- ARGV[10] the time in ms, for tests only; empty: this server's
-- Returns the places that it holds now; how many there are; the epoch; how many nodes want some.

local key = KEYS[1]
local node = 'node:' .. ARGV[1]
local inFlight, wanted, epoch, ended, overloaded, min, max, leaseMs = numbers(2, 9)
local testNow = ARGV[10]

local KEPT_MS = 600000
local ROUND, PROOF, FINE, REMAIN, NEEDED, NEAR, HALF = 10, 0.2, 0.05, 0.75, 0.8, 0.9, 0.5

local now = math.floor(time(testNow ~= '' and testNow * 1000 or '') / 1000)
local s = {most = max, top = 0, epoch = 0, ended = 0, overloaded = 0, busiest = 0}
local wants = {wanted}
local held, flying, nodes = 0, inFlight, wanted > 0 and 1 or 0

local function another(field, value)
  local has, calls, would, until_ = string.match(value, '^(%d+) (%d+) (%d+) (%d+)$')
  if tonumber(until_) <= now then
    redis.call('HDEL', key, field)
  elseif field ~= node then
    held, flying, nodes = held + tonumber(has), flying + tonumber(calls), nodes + 1
    wants[#wants + 1] = tonumber(would)
  end
end

local stored = redis.call('HGETALL', key)
for i = 1, #stored, 2 do
  if string.sub(stored[i], 1, 5) == 'node:' then
    another(stored[i], stored[i + 1])
  else
    s[stored[i]] = tonumber(stored[i + 1])
  end
end

local function more(most, busy)
  local near = NEAR * s.top
  if busy < NEEDED * most then
    return most
  elseif most < near then
    return math.min(max, near, most + math.max(1, most / 4))
  end
  return math.min(max, most + math.max(1, most / 20))
end

local function less(most)
  if s.top == 0 then
    return most
  end
  return math.min(most, math.max(min, HALF * s.top, most - math.max(1, most / 20)))
end

local function told()
  local busy = math.max(s.busiest, flying)
  local all, bad = s.ended + ended, s.overloaded + overloaded
  s.most = math.min(s.most, max)
  if all < math.max(ROUND, busy) then
    s.ended, s.overloaded, s.busiest = all, bad, busy
    return
  end
  if bad >= PROOF * all then
    s.most, s.top, s.epoch = math.max(min, REMAIN * math.min(s.most, busy)), busy, s.epoch + 1
  else
    s.most = bad <= FINE * all and more(s.most, busy) or less(s.most)
  end
  s.ended, s.overloaded, s.busiest = 0, 0, 0
end

-- What each may have at most if all are to get what they want, or the same.
local function part(places)
  table.sort(wants)
  for i, would in ipairs(wants) do
    local equal = places / (#wants - i + 1)
    if would > equal then
      return math.floor(equal)
    end
    places = places - would
  end
  return wanted
end

if epoch ~= s.epoch then
  ended, overloaded = 0, 0
end
told()
local places = math.floor(s.most)
local mine = math.max(inFlight, math.min(wanted, part(places), places - held))
for field, value in pairs(s) do
  redis.call('HSET', key, field, string.format('%.17g', value))
end
if wanted > 0 then
  redis.call('HSET', key, node, string.format('%d %d %d %.0f', mine, inFlight, wanted, now + leaseMs))
else
  redis.call('HDEL', key, node)
end
redis.call('PEXPIRE', key, KEPT_MS)
return {mine, places, s.epoch, nodes}
