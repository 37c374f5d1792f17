-- decide.lua: takes steps one after another at one moment: each reserves a slot, settles a permit, or just looks.
--
-- The answers, and the state that is left, are those of as many calls with one step each. The rule is
-- dev.sluice.admit.Gcra; a test holds the two together.
--
-- KEYS[1] state of the limit, sluice:{<limit key>}:limit
-- KEYS[2…] for each settle or report in turn, the mark of its permit, sluice:{<limit key>}:settled:<permit id>
-- ARGV[1] requests a minute
-- ARGV[2] tokens a minute
-- ARGV[3] how many requests may start at once, at least 1
-- ARGV[4] how many tokens may start at once
-- ARGV[5] how eagerly a rate that was cut is regained, 0: the rate is fixed
-- ARGV[6] the time in µs, for tests only; empty: this server's
-- ARGV[7…] the steps, each one of
--   look
--   acquire <tokens to reserve>
--   settle <tokens that were reserved> <tokens to count> <requests to give back: 1 if the call never left, else 0>
--   report <the three of settle>
--     <1 if the upstream refused the call by rate, else 0> <µs since it was sent>
--     <last epoch known when it was sent> <µs that the upstream wants to be left alone; negative: it did not say>
--     <share of the requests that its headers allow, in millionths; negative: they do not say> <the same of tokens>
--     <µs until something is left, 0 if something is>
-- Returns how the clock of the limit runs after the steps, and a number for each step in turn:
--   the epoch; µs for which the clock stands still; what it shows; its speed in millionths; the shares of requests and of
--   tokens that are allowed; what the clock shows when the last slot at an old cost is due; its drag until then
--   look: 0
--   acquire: the slot, on the clock of the limit
--   settle, report: 1 if the permit was settled by this, 0 if it had been before, or if the limit's state has expired since

local key = KEYS[1]
local requestsPerMinute, tokensPerMinute, burstRequests, burstTokens, factor = numbers(1, 5)
local testNow = ARGV[6]

local MARK_MS = 300000
local FIRST_PAUSE = 1000000    -- µs
local LONGEST_PAUSE = 60000000 -- µs
local DOUBT = 5                -- calls
local FIRST = 1.5              -- calls
local EARLY = 0.25
local RISEN = 1.25
local LITTLE = 1.15
local FAR = 2
local BEHIND = 3
local ECHOES = 3
local ECHO_DEPTH = 10000
local WITHOUT_ECHO = DEPTH + ECHOES * ECHO_DEPTH
local FALLEN = 0.6
local HELD_UP = 0.93
local ECHO_PAUSE = 2000000     -- µs
local MANY = 100000            -- µs between two calls

local now = time(testNow)
local s, known = load(key, now, factor, FULL)
local changed = false

local requestMicros = micros(1, requestsPerMinute)
local tokenLeeway = math.floor(burstTokens * MINUTE / tokensPerMinute)

local function tokenCost(tokens)
  return cost(micros(tokens, tokensPerMinute), s.tokens)
end

local function quietFor(pause)
  if pause > 0 then
    s.quiet = math.max(s.quiet, now + pause)
  end
end

local function acquire(tokens)
  local requestCost, tokenCost = cost(requestMicros, s.requests), tokenCost(tokens)
  s.slot = math.max(s.clock, s.slot, s.requestTat - (burstRequests - 1) * requestCost,
    s.tokenTat - math.max(0, tokenLeeway - tokenCost))
  s.requestTat = math.max(s.requestTat, s.slot) + requestCost
  s.tokenTat = math.max(s.tokenTat, s.slot) + tokenCost
  if s.slot > s.clock then
    s.calls = s.calls + 1
  end
  known, changed = true, true
  return s.slot
end

local function settle(mark, reserved, used, requestsBack)
  if not redis.call('SET', mark, '1', 'PX', MARK_MS, 'NX') or not known then
    return 0
  end
  s.requestTat = s.requestTat - requestsBack * cost(requestMicros, s.requests)
  s.tokenTat = s.tokenTat + tokenCost(used) - tokenCost(reserved)
  changed = true
  return 1
end

local function averageOf(passed, expected)
  return (passed * FULL + DOUBT * speedOf(s, factor)) / (expected + DOUBT)
end

local function cut(average)
  local speed = speedOf(s, factor)
  local through = math.min(s.usual, LITTLE * average)
  if progress(s, factor) < EARLY then
    through = (average + speed) / 2
  elseif s.depth > 0 and speed > FAR * s.peak then
    through = s.usual + (speed - s.usual) / BEHIND
  elseif s.usual > RISEN * average then
    through = s.usual
  end
  local reached = math.min(speed, math.max(speed / 2, through))
  s.peak, s.grown, s.calls = math.max(LEAST, math.floor(reached)), 0, 0
  s.depth = (s.depth == 0 or through < FALLEN * speed) and WITHOUT_ECHO or DEPTH
end

local function echoes(each)
  return s.depth > 0 and s.depth < WITHOUT_ECHO and progress(s, factor) < EARLY
    and each * FULL <= MANY * speedOf(s, factor)
end

local function refused(tokens, age, epoch, pause)
  local asked = math.min(pause, LONGEST_PAUSE)
  if epoch < s.epoch or factor == 0 then
    return quietFor(asked)
  end
  local each = math.max(cost(requestMicros, s.requests), tokenCost(tokens))
  local running = math.min(age, math.max(0, now - s.quiet))
  local passed = (s.clock - share(running, speedOf(s, factor)) - s.cutClock) / each
  local first = passed <= FIRST or now - 2 * age <= s.quiet
  s.epoch, s.cutClock = s.epoch + 1, s.clock
  if s.depth > 0 and first then
    local longer = math.max(asked < 0 and FIRST_PAUSE or asked, 2 * (now - s.since))
    s.since = now
    return quietFor(math.min(LONGEST_PAUSE, longer))
  end
  local pause = math.max(0, asked)
  local average = averageOf(math.max(0, passed - 1), math.max(0, now - age - s.since) / each)
  if not echoes(each) then
    cut(average)
  else
    if average <= HELD_UP * speedOf(s, factor) then
      pause = math.max(ECHO_PAUSE, asked)
    end
    s.depth, s.grown, s.calls = s.depth + ECHO_DEPTH, 0, 0
  end
  s.since = now
  quietFor(pause + lasts(2 * requestMicros, speedOf(s, factor)))
end

local function hinted(requests, tokens, pause)
  requests = requests < 0 and s.requests or requests
  tokens = tokens < 0 and s.tokens or tokens
  quietFor(math.min(pause, LONGEST_PAUSE))
  if requests == s.requests and tokens == s.tokens then
    return
  end
  if requests < s.requests or tokens < s.tokens then
    s.epoch = s.epoch + 1
  end
  local less = math.min(1, requests / s.requests, tokens / s.tokens)
  local before = s.clock < s.turn and s.drag or FULL
  local waits = s.slot > s.clock
  s.turn = waits and s.slot or 0
  s.drag = waits and math.max(LEAST, math.floor(before * less)) or FULL
  s.requests, s.tokens = requests, tokens
end

local answers = {}
local at = 7
local marks = 1

local function argument()
  at = at + 1
  return tonumber(ARGV[at - 1])
end

local function report(mark)
  local reserved, used, requestsBack, refusals = argument(), argument(), argument(), argument()
  local age, epoch, pause = argument(), argument(), argument()
  local requests, tokens, empty = argument(), argument(), argument()
  local settled = settle(mark, reserved, used, requestsBack)
  if settled == 1 and refusals == 1 then
    refused(reserved, age, epoch, pause)
  end
  if settled == 1 then
    hinted(requests, tokens, empty)
  end
  return settled
end

local answer = {
  look = function()
    return 0
  end,
  acquire = function()
    return acquire(argument())
  end,
  settle = function()
    marks = marks + 1
    return settle(KEYS[marks], argument(), argument(), argument())
  end,
  report = function()
    marks = marks + 1
    return report(KEYS[marks])
  end}

while ARGV[at] do
  at = at + 1
  answers[#answers + 1] = answer[ARGV[at - 1]]()
end

if changed then
  save(key, s, factor)
end
return {s.epoch, math.max(0, s.quiet - now), s.clock, speedOf(s, factor), s.requests, s.tokens, s.turn, s.drag,
  unpack(answers)}
