-- renew.lua: keeps a claim for longer, if it is still there.
--
-- A claim that has run out may be another's by now, or an answer, which is kept for as long as answers are.
--
-- KEYS[1] the name, sluice:once:<name>
-- ARGV[1] the claim, as it was written
-- ARGV[2] ms from now until it runs out
-- Returns 1 if it was renewed, else 0.

local claim, leaseMs = ARGV[1], ARGV[2]

if redis.call('get', KEYS[1]) == claim then
    return redis.call('pexpire', KEYS[1], leaseMs)
end
return 0
