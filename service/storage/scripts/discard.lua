-- Acknowledge an entry that decides nothing: its record is gone, decided, of another version or unreadable.
-- KEYS: 1 attempts, 2 entry's stream, 3 buried stream
-- ARGV: 1 entry id, 2 group, 3 error that buries or '', 4 site, 5 comment id, 6 version
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'hash', 'stream', 'stream'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of this entry holds something else')
  end
end
if ARGV[3] ~= '' and #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 1 then
  redis.call('XADD', KEYS[3], '*', 's', ARGV[4], 'i', ARGV[5], 'v', ARGV[6], 'e', ARGV[3])
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('XACK', KEYS[2], ARGV[2], ARGV[1])
redis.call('XDEL', KEYS[2], ARGV[1])
return {'ok'}
