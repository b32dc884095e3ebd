-- Replace a site's policy by compare-and-set on its version, and keep the new version in its history.
-- KEYS: 1 policy, 2 history (`p:VERSION` the policy, compressed, `m:VERSION` who stored it and when)
-- ARGV: 1 version being replaced, 2 new version, 3 policy, 4 id of this write, 5 policy compressed, 6 who and when,
--       7 the replaced policy compressed where the history lacks it, or '', 8 the version that goes
-- Every check stands before the first write: Lua does not roll back.
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'hash' then
    return redis.error_reply('WRONGTYPE a key of this policy holds something else')
  end
end
local stored = redis.call('HMGET', KEYS[1], 'v', 'm')
if stored[2] == ARGV[4] then return {'ok'} end
if not stored[1] then return {'gone'} end
if stored[1] ~= ARGV[1] then return {'stale', stored[1]} end
-- From here on only writes.
redis.call('HSET', KEYS[1], 'v', ARGV[2], 'r', ARGV[3], 'm', ARGV[4])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[2], 'p:' .. ARGV[1], ARGV[7]) end
redis.call('HSET', KEYS[2], 'p:' .. ARGV[2], ARGV[5], 'm:' .. ARGV[2], ARGV[6])
redis.call('HDEL', KEYS[2], 'p:' .. ARGV[8], 'm:' .. ARGV[8])
return {'ok'}
