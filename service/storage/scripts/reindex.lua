-- Give one restored comment its index entries, counts and queue entry. Run once or many times, it comes to the same:
-- only what is new in an index is counted or queued.
-- KEYS: 1 comment, 2 thread, 3 shown index, 4 index of its status, 5 author index, 6 look index, 7 stream,
--       8.. risk indexes
-- ARGV: 1 id, 2 version, 3 status, 4 look (1 or 0), 5 site, 6 what comment keys begin with, 7 thread key,
--       8 has author (1 or 0), 9.. a score per risk index
local wants = {'hash', 'hash', 'zset', 'zset', 'zset', 'zset', 'stream'}
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= (wants[i] or 'zset') then
    return redis.error_reply('WRONGTYPE a key of this comment holds something else')
  end
end
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[2] then return 'gone' end
local id = ARGV[1]
redis.call('HSETNX', KEYS[2], 'key', ARGV[7])
local new = redis.call('ZADD', KEYS[4], 0, id) == 1
if ARGV[8] == '1' then redis.call('ZADD', KEYS[5], 0, id) end
if ARGV[4] == '1' then redis.call('ZADD', KEYS[6], 0, id) end
for i = 8, #KEYS do redis.call('ZADD', KEYS[i], ARGV[i + 1], id) end
if new and ARGV[3] == 'approved' then redis.call('HINCRBY', KEYS[2], 'n', 1) end
if new and ARGV[3] == 'pending' then
  redis.call('XADD', KEYS[7], '*', 's', ARGV[5], 'i', id, 'v', ARGV[2])
end
-- What a thread lists: approved comments, and the withdrawn ancestors of listed ones.
local steps = 0
while ARGV[3] == 'approved' and id and steps < 400 do
  if redis.call('ZADD', KEYS[3], 0, id) == 0 then break end
  local parent = redis.call('HGET', ARGV[6] .. id, 'u')
  if not parent or redis.call('EXISTS', ARGV[6] .. parent) == 0 then break end
  redis.call('HINCRBY', ARGV[6] .. parent, 'n', 1)
  id, steps = parent, steps + 1
end
return 'ok'
