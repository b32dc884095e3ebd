-- Find whom a token speaks for, unless it has run out. Answers {record} or {}.
-- KEYS: 1 credentials, 2 expiries. ARGV: 1 hash of the token
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return {} end
local runs_out = redis.call('HGET', KEYS[2], ARGV[1])
if runs_out and tonumber(redis.call('TIME')[1]) >= tonumber(runs_out) then return {} end
return {record}
