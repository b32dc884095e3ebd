-- Put a comment into an index, or take it out, if the comment is as it was when its place was worked out.
-- KEYS: 1 comment, 2 index, 3 thread
-- ARGV: 1 id, 2 version as read or '' where there is no record, 3 score or '' (out), 4 index of what is shown (1 or 0),
--       5 mend (1 or 0), 6 replies as read
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'hash', 'zset', 'hash'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then return 'moved' end
end
local stored = redis.call('HMGET', KEYS[1], 'v', 'n')
if (stored[1] or '') ~= ARGV[2] or (stored[2] or '') ~= ARGV[6] then return 'moved' end
local have = redis.call('ZSCORE', KEYS[2], ARGV[1])
if (have or '') == ARGV[3] or (have and ARGV[3] ~= '' and tonumber(have) == tonumber(ARGV[3])) then return 'well' end
local version = redis.call('HGET', KEYS[3], 'v')
local shown = ARGV[4] == '1' and version
if shown and not string.find(version, '^%d+$') then return 'moved' end
if ARGV[5] == '1' then
  if ARGV[3] == '' then redis.call('ZREM', KEYS[2], ARGV[1]) else redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1]) end
  if shown then redis.call('HINCRBY', KEYS[3], 'v', 1) end
end
return 'wrong'
