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
local lane, site = string.match(KEYS[1], '^(gp:%b{}:)c:([^:]*):')
local said = redis.call('HMGET', KEYS[1], 'x', 'e')
local text = said[1] and lane .. 'tx:' .. site .. ':' .. said[1]
local twin = said[2] and lane .. 'du:' .. site .. ':' .. said[2]
for key, want in pairs({[text or ''] = 'zset', [twin or ''] = 'string'}) do
  local kind = key ~= '' and redis.call('TYPE', key).ok or 'none'
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of this purge holds something else')
  end
end
-- From here on only writes. Nothing of it is listed, so no thread or ancestor counts it.
redis.call('DEL', KEYS[1], KEYS[6])
if text then redis.call('ZREM', text, ARGV[1]) end
if twin and redis.call('GET', twin) == ARGV[1] then redis.call('DEL', twin) end
for i = 2, #KEYS do
  if i ~= 5 and i ~= 6 then redis.call('ZREM', KEYS[i], ARGV[1]) end
end
return 'purged'
