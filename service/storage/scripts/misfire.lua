-- Count a credential that opened nothing, and say how long its sender should wait: 0 while within the burst.
-- KEYS: 1 what is due from there. ARGV: 1 interval and 2 burst in microseconds
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '') or now, now)
if due - now > tonumber(ARGV[2]) then return math.ceil((due - now - ARGV[2]) / 1000000) end
due = due + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
return 0
