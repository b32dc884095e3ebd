-- Give a principal a token, and let the ones it has run out.
-- KEYS: 1 principals, 2 credentials, 3 expiries
-- ARGV: 1 principal, 2 hash of the new token, 3 record of a new principal or '' (a known one keeps its own),
--       4 seconds after which the older tokens run out, 5 seconds after which the new one does or '', 6 most tokens
-- Every check stands before the first write: Lua does not roll back.
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'hash' then
    return redis.error_reply('WRONGTYPE a key of the credentials holds something else')
  end
end
-- A retry of this very call: its own work is already there.
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return {'ok'} end
local now = tonumber(redis.call('TIME')[1])
local record, kept, gone, ends = ARGV[3], {}, {}, {}
for hash in string.gmatch(redis.call('HGET', KEYS[1], ARGV[1]) or '', '%S+') do
  local found = redis.call('HGET', KEYS[2], hash)
  local runs_out = tonumber(redis.call('HGET', KEYS[3], hash) or '')
  if found and record == '' then record = found end
  local new_end = math.min(runs_out or math.huge, now + tonumber(ARGV[4]))
  if found and new_end > now then
    kept[#kept + 1] = hash
    ends[#ends + 1] = new_end
  else
    gone[#gone + 1] = hash
  end
end
if record == '' then return {'gone'} end
if #kept >= tonumber(ARGV[6]) then return {'many'} end
-- From here on only writes.
for _, hash in ipairs(gone) do
  redis.call('HDEL', KEYS[2], hash)
  redis.call('HDEL', KEYS[3], hash)
end
for i, hash in ipairs(kept) do redis.call('HSET', KEYS[3], hash, string.format('%.0f', ends[i])) end
redis.call('HSET', KEYS[2], ARGV[2], record)
if ARGV[5] ~= '' then redis.call('HSET', KEYS[3], ARGV[2], string.format('%.0f', now + tonumber(ARGV[5]))) end
redis.call('HSET', KEYS[1], ARGV[1], table.concat({ARGV[2], unpack(kept)}, ' '))
return {'ok'}
