-- Set how many listed replies a comment has, and whether it is listed itself, if it is as it was when they were counted.
-- KEYS: 1 comment, 2 shown index, 3 thread
-- ARGV: 1 id, 2 version as read, 3 replies as read, 4 true replies, 5 listed (1 or 0), 6 mend (1 or 0)
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'hash', 'zset', 'hash'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= want and (i == 1 or kind ~= 'none') then return 'moved' end
end
local stored = redis.call('HMGET', KEYS[1], 'v', 'n')
if (stored[1] or '') ~= ARGV[2] or (stored[2] or '') ~= ARGV[3] then return 'moved' end
local version = redis.call('HGET', KEYS[3], 'v')
if version and not string.find(version, '^%d+$') then return 'moved' end
if ARGV[6] == '1' then
  redis.call('HSET', KEYS[1], 'n', ARGV[4])
  if ARGV[5] == '1' then redis.call('ZADD', KEYS[2], 0, ARGV[1]) else redis.call('ZREM', KEYS[2], ARGV[1]) end
  redis.call('HINCRBY', KEYS[3], 'v', 1)
end
return 'wrong'
