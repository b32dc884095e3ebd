-- Count one call against a limit, once; gives the seconds to wait, or 0.
-- KEYS: 1 the limit. ARGV: 1 id of this call, 2 interval and 3 burst in microseconds
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due, last = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (.*)$')
-- A retry of this very call is counted already.
if last == ARGV[1] then return 0 end
due = math.max(tonumber(due or '0'), now)
if due - now > tonumber(ARGV[3]) then return math.ceil((due - now - tonumber(ARGV[3])) / 1000000) end
due = due + tonumber(ARGV[2])
redis.call('SET', KEYS[1], string.format('%.0f', due) .. ' ' .. ARGV[1], 'PX', math.ceil((due - now) / 1000))
return 0
