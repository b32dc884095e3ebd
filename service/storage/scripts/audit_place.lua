-- Put one comment into the audit queue, unless it has moved since it was drawn; run again, it is there already.
-- KEYS: 1 comment, 2 entries of the day, 3 queue
-- ARGV: 1 id, 2 version, 3 status, 4 entry
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'hash', 'hash', 'zset'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of this audit holds something else')
  end
end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
local stored = redis.call('HMGET', KEYS[1], 'v', 's')
if stored[1] ~= ARGV[2] or stored[2] ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
return 1
