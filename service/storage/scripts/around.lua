-- Count a comment's text among those of the last hours, and look at what became of its author's last comments.
-- KEYS: 1 comment, 2 author index, 3 times of its text
-- ARGV: 1 id, 2 version that is being judged, 3 hash of its text or '', 4 for how many milliseconds a text counts,
--       5 how many decisions are asked for, 6 how many approvals
-- A second run finds its own work: a comment is counted once, when it is first judged, whatever is delivered again.
-- Each key is read before the first write, and a key of another type ends the script there: Lua does not roll back.
-- So many of a text's times are kept, and so many of an author's comments looked at.
local KEPT, LOOKED = 64, 40
local stem = string.sub(KEYS[1], 1, -1 - #ARGV[1])
local decided, approved = '', 0
local wanted, approvals = tonumber(ARGV[5]), tonumber(ARGV[6])
if wanted > 0 or approvals > 0 then
  for _, id in ipairs(redis.call('ZREVRANGEBYLEX', KEYS[2], '+', '-', 'LIMIT', 0, LOOKED + 1)) do
    if #decided >= wanted and approved >= approvals then break end
    if id ~= ARGV[1] then
      -- What stands where a record should and is none has no say: an error is a table without either.
      local other = redis.pcall('HMGET', stem .. id, 's', 'd')
      if other[1] == 'approved' then approved = approved + 1 end
      if (other[1] == 'approved' or other[1] == 'rejected') and #decided < wanted then
        decided = decided .. (other[1] == 'rejected' and other[2] and '1' or '0')
      end
    end
  end
end
if ARGV[3] == '' then return {approved, decided, 1, 1} end
if wanted == 0 and approvals == 0 then redis.call('ZSCORE', KEYS[2], ARGV[1]) end
local at = redis.call('ZSCORE', KEYS[3], ARGV[1])
if not at then
  -- Rewritten, withdrawn or removed meanwhile: this verdict will decide nothing, and the text must not stay.
  if redis.call('HGET', KEYS[1], 'v') ~= ARGV[2] then return {approved, decided, 1, 1} end
  local time = redis.call('TIME')
  -- In microseconds, so that no two of a batch came at once.
  at = string.format('%.0f', time[1] * 1000000 + time[2])
  -- From here on only writes, and reads of what was read before.
  redis.call('ZADD', KEYS[3], at, ARGV[1])
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
  redis.call('HSET', KEYS[1], 'x', ARGV[3])
  local times = redis.call('ZCARD', KEYS[3])
  if times == 1 then return {approved, decided, 1, 1} end
  if times > KEPT then redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - KEPT) end
end
local since = string.format('(%.0f', tonumber(at) - 1000 * tonumber(ARGV[4]))
local same = redis.call('ZRANGEBYSCORE', KEYS[3], since, string.format('%.0f', tonumber(at)))
local by_author = 1
for _, id in ipairs(same) do
  if id ~= ARGV[1] and redis.call('ZSCORE', KEYS[2], id) then by_author = by_author + 1 end
end
return {approved, decided, by_author, #same}
