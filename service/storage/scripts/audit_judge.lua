-- Keep what became of one audited comment, in place of the entry that its judge saw.
-- KEYS: 1 comment, 2 entries of the day, 3 queue, 4 days
-- ARGV: 1 id, 2 version, 3 status, 4 entry before, 5 entry after, 6 what to count, 7 whether the comment must be as it
--       was drawn (1 or 0)
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'hash', 'hash', 'zset', 'hash'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of this audit holds something else')
  end
end
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if not stored then return 'none' end
if stored == ARGV[5] then return 'ok' end
if stored ~= ARGV[4] then return 'other' end
local count = redis.call('HGET', KEYS[4], ARGV[6]) or '0'
if not string.find(count, '^%d+$') then
  return redis.error_reply('WRONGTYPE a count of this audit is no number')
end
if ARGV[7] == '1' then
  local comment = redis.call('HMGET', KEYS[1], 'v', 's')
  if comment[1] ~= ARGV[2] or comment[2] ~= ARGV[3] then return 'moved' end
end
-- From here on only writes.
redis.call('HSET', KEYS[2], ARGV[1], ARGV[5])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HINCRBY', KEYS[4], ARGV[6], 1)
return 'ok'
