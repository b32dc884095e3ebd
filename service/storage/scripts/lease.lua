-- Take, renew or give back a lane's lease. KEYS: 1 lease. ARGV: 1 owner, 2 milliseconds (0: give back)
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
