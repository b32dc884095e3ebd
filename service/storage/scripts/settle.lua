-- Close some reports on a comment, and credit those who sent them; what is closed already is credited already.
-- KEYS: 1 reports, 2 index of reported comments, then for each reporter its record and its open reports
-- ARGV: 1 comment id, 2 right, wrong or none, 3 priority of what is left, 4 how long a record is kept in ms,
--       5.. the reporters
-- Every check stands before the first write: Lua does not roll back.
for i, key in ipairs(KEYS) do
  local want = i == 1 and 'hash' or i == 2 and 'zset' or i % 2 == 1 and 'hash' or 'zset'
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of these reports holds something else')
  end
end
if ARGV[2] ~= 'none' then
  for i = 3, #KEYS, 2 do
    local count = redis.call('HGET', KEYS[i], ARGV[2])
    if count and not (string.find(count, '^%d+$') and #count < 18) then
      return redis.error_reply('WRONGTYPE a count of a reporter is no number')
    end
  end
end
-- From here on only writes.
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[4])
local closed = 0
for i = 5, #ARGV do
  local record, open = KEYS[2 * i - 7], KEYS[2 * i - 6]
  if redis.call('HDEL', KEYS[1], 'p:' .. ARGV[i]) == 1 then
    closed = closed + 1
    if ARGV[2] ~= 'none' then
      redis.call('HINCRBY', record, ARGV[2], 1)
      redis.call('PEXPIREAT', record, ends)
    end
  end
  redis.call('ZREM', open, ARGV[1])
end
if ARGV[3] == '0' then
  redis.call('PEXPIREAT', KEYS[1], 1)
  redis.call('ZREM', KEYS[2], ARGV[1])
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
else
  redis.call('ZREM', KEYS[2], ARGV[1])
end
return closed
