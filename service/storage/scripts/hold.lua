-- Place or lift a legal hold, and note who did.
-- KEYS: 1 comment, 2 holds, 3 history
-- ARGV: 1 comment id, 2 event id, 3 event, 4 hold or '' to lift it, 5 until when in milliseconds
-- Every check stands before the first write: Lua does not roll back.
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'hash' then
    return redis.error_reply('WRONGTYPE a key of this hold holds something else')
  end
end
-- A retry of this very call: its own work is already there.
if redis.call('HEXISTS', KEYS[3], ARGV[2]) == 1 then return 'ok' end
if ARGV[4] == '' then
  if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 'none' end
else
  local status = redis.call('HGET', KEYS[1], 's')
  if not status or status == 'deleted' then return 'none' end
end
-- From here on only writes.
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[1], 'h')
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
  redis.call('HSET', KEYS[1], 'h', ARGV[5])
end
return 'ok'
