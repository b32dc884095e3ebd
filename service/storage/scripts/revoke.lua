-- Make tokens worthless: all of a principal's, who is then forgotten, or the one whose hash begins like that.
-- KEYS: 1 principals, 2 credentials, 3 expiries
-- ARGV: 1 principal, 2 what the token's hash begins with or ''
-- Every check stands before the first write: Lua does not roll back.
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'hash' then
    return redis.error_reply('WRONGTYPE a key of the credentials holds something else')
  end
end
local doomed, kept = {}, {}
for hash in string.gmatch(redis.call('HGET', KEYS[1], ARGV[1]) or '', '%S+') do
  local list = string.sub(hash, 1, #ARGV[2]) == ARGV[2] and doomed or kept
  list[#list + 1] = hash
end
-- From here on only writes.
for _, hash in ipairs(doomed) do
  redis.call('HDEL', KEYS[2], hash)
  redis.call('HDEL', KEYS[3], hash)
end
if #kept == 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])
elseif #doomed > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], table.concat(kept, ' '))
end
return #doomed
