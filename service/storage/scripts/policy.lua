-- Replace a site's policy by compare-and-set on its version.
-- KEYS: 1 policy. ARGV: 1 version being replaced, 2 new version, 3 policy, 4 id of this write
local stored = redis.call('HMGET', KEYS[1], 'v', 'm')
if stored[2] == ARGV[4] then return {'ok'} end
if not stored[1] then return {'gone'} end
if stored[1] ~= ARGV[1] then return {'stale', stored[1]} end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 'r', ARGV[3], 'm', ARGV[4])
return {'ok'}
