-- Remove one comment with every index entry of it, or say why not.
-- KEYS: 1 comment, 2 index of its status, 3 author index, 4 look index, 5 shown index, 6 idempotency, 7.. risk indexes
-- ARGV: 1 id, 2 expected version, 3 status
-- Every check stands before the first write: Lua does not roll back.
local wants = {'hash', 'zset', 'zset', 'zset', 'zset', 'string'}
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= (wants[i] or 'zset') then
    return redis.error_reply('WRONGTYPE a key of this purge holds something else')
  end
end
local stored = redis.call('HMGET', KEYS[1], 'v', 's', 'n', 'h')
if not stored[1] then return 'gone' end
if stored[1] ~= ARGV[2] or stored[2] ~= ARGV[3] then return 'lost' end
if stored[2] == 'pending' or stored[2] == 'approved' or (stored[3] or '0') ~= '0'
    or redis.call('ZSCORE', KEYS[5], ARGV[1]) then
  return 'listed'
end
if stored[4] then
  local time = redis.call('TIME')
  if tonumber(stored[4]) > time[1] * 1000 + time[2] / 1000 then return 'on hold' end
end
-- From here on only writes. Nothing of it is listed, so no thread or ancestor counts it.
redis.call('DEL', KEYS[1], KEYS[6])
for i = 2, #KEYS do
  if i ~= 5 and i ~= 6 then redis.call('ZREM', KEYS[i], ARGV[1]) end
end
return 'purged'
