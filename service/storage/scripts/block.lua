-- Place a block or lift one; on the way out go those that have ended, a hundred at a time.
-- KEYS: 1 when each block ends, by mark, 2 blocks by mark, 3 what this act answered
-- ARGV: 1 mark, 2 id of the block, 3 block or '' to lift it, 4 when it ends in Unix milliseconds or '0', 5 after how many
--       milliseconds it ends that names no end, 6 how many a site may have, 7 how long an answer is kept in milliseconds
-- A block is kept as `id at record`. Answers {what, end, block, end of the one before, the one before}.
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'zset', 'hash', 'string'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of this block holds something else')
  end
end
-- A retry of this very call: its own work is already there.
local known = redis.call('GET', KEYS[3])
if known then return cmsgpack.unpack(known) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)
local before, was = redis.call('ZSCORE', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[1])
local stands = before and was and tonumber(before) > now
local ends = tonumber(ARGV[4])
if ends == 0 then ends = now + tonumber(ARGV[5]) end
if ARGV[3] ~= '' then
  if ends <= now then return {'past'} end
  if not before and redis.call('ZCARD', KEYS[1]) - #ended >= tonumber(ARGV[6]) then return {'full'} end
end
local mine = ARGV[3] ~= '' or (stands and string.match(was, '^(%S+) ') == ARGV[2])
ends = string.format('%.0f', ends)
local block = ARGV[2] .. ' ' .. string.format('%.0f', now) .. ' ' .. ARGV[3]
local answer = {'ok', ends, block, stands and mine and before or '', stands and mine and was or ''}
-- From here on only writes.
for _, mark in ipairs(ended) do
  redis.call('ZREM', KEYS[1], mark)
  redis.call('HDEL', KEYS[2], mark)
end
if ARGV[3] ~= '' then
  redis.call('ZADD', KEYS[1], ends, ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], block)
elseif mine then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
-- With the last block to end all are gone, though nobody looks.
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if last[2] then
  redis.call('PEXPIREAT', KEYS[1], last[2])
  redis.call('PEXPIREAT', KEYS[2], last[2])
end
redis.call('SET', KEYS[3], cmsgpack.pack(answer), 'PX', ARGV[7])
return answer
