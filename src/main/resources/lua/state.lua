-- state.lua: what the scripts of the limiter share; it is put in front of decide, resume and places.
--
-- The state of a limit is one string, so that a decision is one GET and one SET and an operator can read it: whole
-- numbers, in the order of FIELDS. The first three are microseconds of this server's clock, the others that are times
-- are microseconds of the clock of the limit, which begins at the time and runs slower when the upstream allows less;
-- shares are millionths. Whole ones, because Lua 5.1 has only doubles: today's time in microseconds (1.8e15) is exact in a
-- double up to 9.0e15, fractions of it are not, and a refund must be what was taken. The rule is dev.sluice.admit.Gcra,
-- Rate, Allowed and Pace, which also say what each field means.

local FIELDS = {
  'seen', 'quiet', 'since', 'epoch', 'clock', 'cutClock', 'requestTat', 'tokenTat', 'slot',
  'peak', 'depth', 'grown', 'calls', 'usual', 'requests', 'tokens', 'turn', 'drag'}

local MINUTE = 60000000       -- µs
local KEPT_MS = 600000        -- how long a state outlives what was taken from it: the longest call, and more
local FULL = 1000000          -- the configured rate, in millionths
local LEAST = 1000
local DEPTH = 30000
local CALLS = 200
local SOONEST = 30000000      -- µs
local LATEST = 300000000      -- µs
local REMEMBERED = 30000000   -- µs
local USUAL_FACTOR = 1.5
local EAGERNESS_BEYOND_PEAK = 3
local STEEP = 1.5

-- Arguments that are numbers.
local function numbers(first, last)
  local all = {}
  for i = first, last do
    all[#all + 1] = tonumber(ARGV[i])
  end
  return unpack(all)
end

-- The clock: this server's, or the one of a test.
local function time(testNow)
  if testNow and testNow ~= '' then
    return tonumber(testNow)
  end
  local now = redis.call('TIME')
  return tonumber(now[1]) * 1000000 + tonumber(now[2])
end

-- A state of which nothing was ever taken, whose rate is known to be about this. The clock begins at the time, which no
-- earlier state of this limit can have shown: slots of one that is lost stay near.
local function fresh(now, factor, speed)
  local cut = speed < FULL and factor > 0
  local atPeak = cut and USUAL_FACTOR / factor or 0
  return {
    seen = now, quiet = now, since = now, epoch = 0, clock = now, cutClock = now,
    requestTat = now, tokenTat = now, slot = now,
    peak = cut and speed or FULL, depth = cut and DEPTH or 0, grown = math.ceil(SOONEST * atPeak),
    calls = math.ceil(CALLS * atPeak), usual = cut and speed or FULL,
    requests = FULL, tokens = FULL, turn = 0, drag = FULL}
end

-- How many millionths of something.
local function share(of, millionths)
  return math.floor(of * millionths / FULL)
end

-- How many µs it takes the clock to move by so much.
local function lasts(shown, speed)
  return shown <= 0 and 0 or math.ceil(shown * FULL / speed)
end

local function progress(s, factor)
  local soon = math.min(s.calls / CALLS, s.grown / SOONEST)
  return math.max(soon, s.grown / LATEST) * factor / USUAL_FACTOR
end

-- How fast the clock runs, in millionths.
local function speedOf(s, factor)
  if factor == 0 then
    return FULL
  end
  local from = progress(s, factor)
  from = from < 1 and from - 1 or EAGERNESS_BEYOND_PEAK * (from - 1)
  local steep = math.max(1, from / STEEP)
  local speed = s.peak * (1 + s.depth / FULL * (from * from * from) * (steep * steep))
  return math.min(FULL, math.max(LEAST, math.floor(speed)))
end

-- Time has passed since the state was touched.
local function advance(s, now, factor)
  local elapsed = math.max(0, now - s.seen)
  local running = math.max(0, now - math.max(s.seen, s.quiet))
  local speed = speedOf(s, factor)
  local slow = share(speed, s.drag)
  local dragged = math.min(running, lasts(s.turn - s.clock, slow))
  local shown = share(dragged, slow) + share(running - dragged, speed)
  local back = math.max(0, s.seen - now)
  s.seen, s.quiet, s.since = now, s.quiet - back, s.since - back
  if elapsed > 0 then
    s.grown = s.grown + math.min(running, lasts(s.slot - s.clock, speed))
    local weight = math.min(1, elapsed / REMEMBERED)
    s.usual = math.floor(s.usual + (shown * FULL / elapsed - s.usual) * weight + 0.5)
  end
  s.clock = s.clock + shown
end

-- The state now; a new one if there is none. The second value tells whether there was one.
local function load(key, now, factor, speed)
  local stored = redis.call('GET', key)
  if not stored then
    return fresh(now, factor, speed), false
  end
  local s, field = {}, 0
  for number in string.gmatch(stored, '%S+') do
    field = field + 1
    s[FIELDS[field]] = tonumber(number)
  end
  if field ~= #FIELDS then
    return fresh(now, factor, speed), false -- of another version
  end
  advance(s, now, factor)
  return s, true
end

local function save(key, s, factor)
  local ahead = math.max(s.requestTat, s.tokenTat, s.slot, s.clock) - s.clock
  local ms = math.ceil((math.max(0, s.quiet - s.seen) + lasts(ahead, share(speedOf(s, factor), s.drag))) / 1000)
  local values = {}
  for i, field in ipairs(FIELDS) do
    values[i] = string.format('%.0f', s[field])
  end
  redis.call('SET', key, table.concat(values, ' '), 'PX', string.format('%.0f', ms + KEPT_MS))
end

-- How long so many of a rate occupy it, as configured.
local function micros(count, perMinute)
  return math.ceil(count * MINUTE / perMinute)
end

-- The same, as the upstream's headers allow.
local function cost(configured, allowed)
  return math.ceil(configured * FULL / allowed)
end
