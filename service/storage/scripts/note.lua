-- Add an act to a site's audit trail, once by its id.
-- KEYS: 1 trail
-- ARGV: 1 id, 2 record, 3 how many are kept
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'stream' then return redis.error_reply('WRONGTYPE the trail holds something else') end
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 200)) do
  -- A retry of this very call: its own work is already there.
  if entry[2][2] == ARGV[1] then return 'ok' end
end
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'i', ARGV[1], 'r', ARGV[2])
return 'ok'
