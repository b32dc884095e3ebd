-- Queue a pending comment that has no entry. KEYS: 1 comment, 2 live stream. ARGV: 1 id of this call, 2 version, 3 site,
-- 4 comment id
for i, want in ipairs({'hash', 'stream'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then return 'moved' end
end
local stored = redis.call('HMGET', KEYS[1], 'v', 's', 'q')
if stored[1] ~= ARGV[2] or stored[2] ~= 'pending' then return 'moved' end
-- A retry of this very call.
if stored[3] == ARGV[1] then return 'done' end
redis.call('HSET', KEYS[1], 'q', ARGV[1])
redis.call('XADD', KEYS[2], '*', 's', ARGV[3], 'i', ARGV[4], 'v', ARGV[2])
return 'done'
