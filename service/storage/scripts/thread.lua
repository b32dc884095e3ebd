-- Set some fields of a thread, making it if it is new; its version grows, so that no reader is told that nothing changed.
-- KEYS: 1 thread, 2 what this act answered
-- ARGV: 1 thread key, 2 how long an answer is kept in milliseconds, 3 opened (1 or 0), 4 the thread's channel, 5 what
--       is said there, 6 how many fields are answered; their names; then pairs of a field and its value, '' to say nothing
-- Answers the time and the fields as they were before, then as they are after.
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'hash', 'string'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of this change holds something else')
  end
end
-- A retry of this very call: its own work is already there.
local known = redis.call('GET', KEYS[2])
if known then return cmsgpack.unpack(known) end
local count = tonumber(ARGV[6])
local fields = {unpack(ARGV, 7, 6 + count)}
local version = redis.call('HGET', KEYS[1], 'v')
if version and not (string.find(version, '^%d+$') and #version < 18) then
  return redis.error_reply('WRONGTYPE a counter of this change is no number')
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local before = redis.call('HMGET', KEYS[1], unpack(fields))
-- From here on only writes.
if before[1] then
  redis.call('HINCRBY', KEYS[1], 'v', 1)
  -- What was made before threads knew it: versions start at the time.
  redis.call('HSETNX', KEYS[1], 'since', string.sub(version or now, 1, 13))
else
  redis.call('HSET', KEYS[1], 'key', ARGV[1], 'v', time[1] .. '000', 'n', '0', 'since', now)
end
for i = 7 + count, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i]) else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
-- Whoever opens a thread that closed by its age means it: its days begin anew.
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'since', now) end
local answer = {now, before, redis.call('HMGET', KEYS[1], unpack(fields))}
redis.call('SET', KEYS[2], cmsgpack.pack(answer), 'PX', ARGV[2])
-- Those who follow the thread, and the pages of it that processes keep.
redis.call('PUBLISH', ARGV[4], ARGV[5])
return answer
