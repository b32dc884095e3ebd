-- Turn one of the operator's switches and note it in the lane's journal; or note alone.
-- KEYS: 1 switch, 2 journal
-- ARGV: 1 act id, 2 value or '' (off), 3 when it ends by itself in Unix milliseconds or '0', 4 who, 5 what, 6 site,
--       7 detail, 8 how many lines the journal keeps
-- Every check stands before the first write: Lua does not roll back.
for i, want in ipairs({'string', 'stream'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply('WRONGTYPE a key of this act holds something else')
  end
end
-- A retry of this very call: its own line is among the last.
for _, line in ipairs(redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 50)) do
  for i = 1, #line[2], 2 do
    if line[2][i] == 'a' and line[2][i + 1] == ARGV[1] then return {'ok'} end
  end
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
elseif ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[8], '*',
  'a', ARGV[1], 'b', ARGV[4], 'w', ARGV[5], 's', ARGV[6], 'd', ARGV[7])
return {'ok'}
