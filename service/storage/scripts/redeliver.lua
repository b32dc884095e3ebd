-- Add an entry anew that the group has behind it and that is pending with nobody; the old one goes.
-- KEYS: 1 stream. ARGV: 1 group, 2 entry id, 3 mend (1 or 0)
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 'moved' end
local rows = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if #rows == 0 or #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1) > 0 then return 'moved' end
local last
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local found = {}
  for i = 1, #group, 2 do found[group[i]] = group[i + 1] end
  if found['name'] == ARGV[1] then last = found['last-delivered-id'] end
end
local function parts(id)
  local millis, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(millis), tonumber(number)
end
if not last then return 'moved' end
local mine, mine_number = parts(ARGV[2])
local its, its_number = parts(last)
if mine > its or (mine == its and mine_number > its_number) then return 'moved' end
if ARGV[3] == '1' then
  redis.call('XADD', KEYS[1], '*', unpack(rows[1][2]))
  redis.call('XDEL', KEYS[1], ARGV[2])
end
return 'wrong'
