-- Set a thread's count, if the thread is as it was when it was counted.
-- KEYS: 1 thread. ARGV: 1 version as read, 2 count as read, 3 true count, 4 mend (1 or 0)
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 'moved' end
local stored = redis.call('HMGET', KEYS[1], 'v', 'n')
if (stored[1] or '') ~= ARGV[1] or (stored[2] or '') ~= ARGV[2] then return 'moved' end
if ARGV[4] == '1' then
  redis.call('HSET', KEYS[1], 'n', ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'v', 1)
end
return 'wrong'
