-- Spend units of a key's quota in the minute that it is, or say how many seconds are left of it and spend nothing.
-- KEYS: 1, 2 the units spent in even and in odd minutes. ARGV: 1 units per minute, 2 units, 3 id of this call
-- A unit is a member of a set, named by its call: a repeated call spends nothing more.
local time = redis.call('TIME')
local seconds, most, units = tonumber(time[1]), tonumber(ARGV[1]), tonumber(ARGV[2])
local minute = math.floor(seconds / 60)
local key = KEYS[minute % 2 + 1]
local first = ARGV[3] .. ':1'
-- In both: a repeated call may come in the next minute.
local done = redis.call('SISMEMBER', KEYS[1], first) + redis.call('SISMEMBER', KEYS[2], first)
if done > 0 then return 0 end
local left = 60 - seconds % 60
if redis.call('SCARD', key) + units > most then return left end
for unit = 1, units do redis.call('SADD', key, ARGV[3] .. ':' .. unit) end
redis.call('PEXPIREAT', key, (minute + 1) * 60000)
return 0
